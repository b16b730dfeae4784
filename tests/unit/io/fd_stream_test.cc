// SPDX-License-Identifier: Apache-2.0
#include "io/fd_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include "core/epoll_loop.h"

namespace submeter::io {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A stream on one end of a pair of sockets with small buffers; the far end reads when the test says so.
class FdStreamTest : public ::testing::Test, protected FdStream::Owner {
 protected:
  FdStreamTest() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    const int small = 4096;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    far.reset(ends[1]);
    FdStream::Owner& owner = *this;
    stream = std::make_unique<FdStream>(loop, core::UniqueFd(ends[0]), owner);
  }
  void on_fd_bytes(std::span<const std::uint8_t> bytes) override {
    received.append(bytes.begin(), bytes.end());
    if (goes_with_bytes) stream.reset();
    loop.stop();
  }
  void on_fd_broken(int error) override {
    errors.push_back(error);
    stream.reset();
    loop.stop();
  }
  void run_for(std::chrono::milliseconds span) {
    Timer limit(loop, [this] { loop.stop(); });
    limit.start_after(span);
    loop.run();
  }
  /// Everything the far end can take now.
  std::size_t drain() {
    std::array<char, 4096> buffer{};
    std::size_t total = 0;
    for (ssize_t count = 1; count > 0;) {
      count = ::read(far.get(), buffer.data(), buffer.size());
      if (count > 0) total += static_cast<std::size_t>(count);
    }
    return total;
  }

  core::EpollLoop loop;
  core::UniqueFd far;
  std::unique_ptr<FdStream> stream;
  std::string received;
  std::vector<int> errors;
  bool goes_with_bytes = false;
};

TEST_F(FdStreamTest, SendsTheRestWhenTheLineTakesIt) {
  stream->write(Bytes(FdStream::kMaxUnsent, 0x55));
  std::size_t taken = drain();
  EXPECT_LT(taken, FdStream::kMaxUnsent);
  for (int turn = 0; turn < 100 && taken < FdStream::kMaxUnsent; ++turn) {
    run_for(std::chrono::milliseconds{1});
    taken += drain();
  }
  EXPECT_EQ(taken, FdStream::kMaxUnsent);
  EXPECT_TRUE(errors.empty());
}

TEST_F(FdStreamTest, BreaksWhenMoreIsUnsentThanTheBound) {
  stream->write(Bytes(FdStream::kMaxUnsent + 1, 0x55));
  EXPECT_TRUE(errors.empty());
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(errors, std::vector<int>{ENOBUFS});
}

TEST_F(FdStreamTest, DeliversWhatCameBeforeTheEnd) {
  ASSERT_EQ(::write(far.get(), "last words", 10), 10);
  far.reset();
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "last words");
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(errors.size(), 1U);
}

TEST_F(FdStreamTest, DeliversHeldBytesInOnePieceWhenTheHoldEnds) {
  const MonoTime end = loop.now() + std::chrono::milliseconds{20};
  stream->hold_input_until(end);
  for (const char* piece : {"one ", "frame"}) {
    ASSERT_GT(::write(far.get(), piece, std::string(piece).size()), 0);
    run_for(std::chrono::milliseconds{2});
    EXPECT_EQ(received, "");
  }
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "one frame");
  EXPECT_GE(loop.now(), end);
}

TEST_F(FdStreamTest, WaitsForBytesAsBeforeWhenNoneCameWhileItHeld) {
  stream->hold_input_until(loop.now() + std::chrono::milliseconds{1});
  run_for(std::chrono::milliseconds{5});
  ASSERT_EQ(::write(far.get(), "late", 4), 4);
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "late");
}

TEST_F(FdStreamTest, HoldsUntilTheLastInstantItWasGiven) {
  stream->hold_input_until(loop.now() + std::chrono::hours{1});
  stream->hold_input_until(loop.now() + std::chrono::milliseconds{1});
  ASSERT_EQ(::write(far.get(), "bytes", 5), 5);
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "bytes");
}

TEST_F(FdStreamTest, NoticesAHangUpWhileItHolds) {
  stream->hold_input_until(loop.now() + std::chrono::hours{1});
  ASSERT_EQ(::write(far.get(), "last words", 10), 10);
  far.reset();
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "last words");
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(errors.size(), 1U);
}

TEST_F(FdStreamTest, GoesOnSendingWhileItHolds) {
  stream->write(Bytes(FdStream::kMaxUnsent, 0x55));
  stream->hold_input_until(loop.now() + std::chrono::hours{1});
  std::size_t taken = 0;
  for (int turn = 0; turn < 100 && taken < FdStream::kMaxUnsent; ++turn) {
    run_for(std::chrono::milliseconds{1});
    taken += drain();
  }
  EXPECT_EQ(taken, FdStream::kMaxUnsent);
}

TEST_F(FdStreamTest, SaysHowMuchItDiscards) {
  ASSERT_EQ(::write(far.get(), "rubbish", 7), 7);
  EXPECT_EQ(stream->discard_input(), 7U);
  EXPECT_EQ(stream->discard_input(), 0U);
}

TEST_F(FdStreamTest, MayBeDestroyedByItsOwnerWhenBytesCome) {
  goes_with_bytes = true;
  ASSERT_EQ(::write(far.get(), "bytes", 5), 5);
  run_for(std::chrono::seconds{5});
  EXPECT_EQ(received, "bytes");
  EXPECT_EQ(stream, nullptr);
}

}  // namespace
}  // namespace submeter::io
