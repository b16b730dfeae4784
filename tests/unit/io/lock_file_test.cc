// SPDX-License-Identifier: Apache-2.0
#include "io/lock_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/unique_fd.h"
#include "io/port_holder.h"

namespace submeter::io {
namespace {

namespace fs = std::filesystem;

std::string make_directory() {
  std::string pattern = ::testing::TempDir() + "submeter-lock-XXXXXX";
  return ::mkdtemp(pattern.data());
}

class LockFileTest : public ::testing::Test {
 protected:
  ~LockFileTest() override { fs::remove_all(directory); }

  void leave(const std::string& content) const { std::ofstream(file) << content; }
  std::string content() const {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static std::string ten_columns(pid_t pid) {
    const std::string number = std::to_string(pid);
    return std::string(10 - number.size(), ' ') + number + "\n";
  }

  std::string directory = make_directory();
  std::string file = directory + "/LCK..ttyUSB0";
};

/// A process that has `path` open until it is destroyed.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    std::array<int, 2> ready{};
    if (::pipe(ready.data()) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      const int fd = ::open(path.c_str(), O_RDONLY);
      [[maybe_unused]] const auto told = ::write(ready[1], &fd, 1);
      ::pause();
      ::_exit(0);
    }
    char byte = 0;
    [[maybe_unused]] const auto heard = ::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Holder() { end(); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    gone_ = std::exchange(pid_, -1);
  }
  pid_t pid() const { return pid_ > 0 ? pid_ : gone_; }

 private:
  pid_t pid_ = -1;
  pid_t gone_ = -1;
};

TEST_F(LockFileTest, HoldsTheProcessIdInTenColumnsAndGoesWithItsOwner) {
  {
    const auto lock = LockFile::take(directory, "/dev/ttyUSB0");
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(lock->taken());
    EXPECT_EQ(content(), ten_columns(::getpid()));
  }
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(LockFileTest, IsRefusedWhileALivingProcessHoldsIt) {
  const Holder holder("/dev/null");
  leave(ten_columns(holder.pid()));
  const auto lock = LockFile::take(directory, "/dev/ttyUSB0");
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().message,
            "serial port /dev/ttyUSB0 is held by " + describe_process(holder.pid()) + ", says " + file);
  EXPECT_EQ(content(), ten_columns(holder.pid()));
}

TEST_F(LockFileTest, IsTakenOverFromAProcessThatHasGone) {
  Holder holder("/dev/null");
  holder.end();
  leave(ten_columns(holder.pid()));
  const auto lock = LockFile::take(directory, "/dev/ttyUSB0");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(content(), ten_columns(::getpid()));
}

TEST_F(LockFileTest, IsTakenOverWhenItNamesNoProcess) {
  for (const char* nonsense : {"", "\n", "          \n", "minicom\n", "abc\n", "-5\n", "0\n",
                               "99999999999999999999\n", "\xff\xff\xff\xff", "\x01\x02"}) {
    leave(nonsense);
    const auto lock = LockFile::take(directory, "/dev/ttyUSB0");
    ASSERT_TRUE(lock.ok()) << nonsense;
    EXPECT_TRUE(lock->taken()) << nonsense;
  }
}

TEST_F(LockFileTest, IsUnderstoodAsTheBytesOfANumberToo) {
  const auto as_bytes = [](pid_t pid) {
    return std::string(reinterpret_cast<const char*>(&pid), sizeof pid);
  };
  Holder holder("/dev/null");
  leave(as_bytes(holder.pid()));
  const auto refused = LockFile::take(directory, "/dev/ttyUSB0");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(describe_process(holder.pid())), std::string::npos);
  holder.end();
  const auto lock = LockFile::take(directory, "/dev/ttyUSB0");
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(content(), ten_columns(::getpid()));
}

TEST_F(LockFileTest, IsDoneWithoutWhereNoFileCanBeMade) {
  const auto lock = LockFile::take(directory + "/missing", "/dev/ttyUSB0");
  ASSERT_TRUE(lock.ok());
  EXPECT_FALSE(lock->taken());
}

TEST(FindHolder, NamesTheOtherProcessThatHasAFileOpen) {
  std::string pattern = ::testing::TempDir() + "submeter-held-XXXXXX";
  const core::UniqueFd ours(::mkstemp(pattern.data()));
  EXPECT_EQ(find_holder(pattern), std::nullopt);
  const Holder holder(pattern);
  // The child has inherited our descriptor as well: either way it is the one that is found.
  EXPECT_EQ(find_holder(pattern), holder.pid());
  EXPECT_NE(describe_process(holder.pid()).find("(pid " + std::to_string(holder.pid()) + ")"),
            std::string::npos);
  ::unlink(pattern.c_str());
}

}  // namespace
}  // namespace submeter::io
