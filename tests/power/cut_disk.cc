// SPDX-License-Identifier: Apache-2.0
#include "tests/power/cut_disk.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "core/unique_fd.h"

namespace submeter::power {
namespace {

constexpr unsigned long kShutDown = _IOR('X', 125, std::uint32_t);  // EXT4_IOC_SHUTDOWN
constexpr off_t kPage = 4096;
constexpr off_t kMetadataBytes = 12 << 20;
constexpr int kTries = 20;  // others take free loop devices, too

void demand(bool done, const std::string& what) {
  if (!done) throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Where the file system keeps its own things, so that it is data that finds no room.
void fill_holes(int file, off_t end) {
  std::array<char, kPage> page{};
  for (off_t at = 0; at < end; at += kPage) {
    demand(::pread(file, page.data(), page.size(), at) == kPage &&
               ::pwrite(file, page.data(), page.size(), at) == kPage,
           "cannot fill the image");
  }
}

/// A loop device over `image` that is gone with its last user.
std::string attach(const std::string& image) {
  const core::UniqueFd file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  const core::UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  demand(file && control, "no loop devices");
  for (int i = 0; i < kTries; ++i) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    demand(number >= 0, "no free loop device");
    std::string device = "/dev/loop" + std::to_string(number);
    const core::UniqueFd loop(::open(device.c_str(), O_RDWR | O_CLOEXEC));
    demand(bool{loop}, "cannot open " + device);
    if (::ioctl(loop.get(), LOOP_SET_FD, file.get()) == 0) return device;
    demand(errno == EBUSY, "cannot use " + device);
  }
  throw std::runtime_error("every free loop device was taken by somebody else");
}

}  // namespace

CutDisk::CutDisk(const std::string& folder, std::uint64_t bytes, std::uint64_t sound_bytes)
    : folder_(folder), image_(folder + "/image"), mount_point_(folder + "/disk"), on_tmpfs_(sound_bytes > 0) {
  demand(::unshare(CLONE_NEWNS) == 0, "no mount namespace");
  demand(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "no private mounts");
  if (on_tmpfs_) {
    const std::string size = "size=" + std::to_string(sound_bytes);
    demand(::mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) == 0, "cannot mount a tmpfs");
  }
  const core::UniqueFd file(::open(image_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  demand(file && ::ftruncate(file.get(), static_cast<off_t>(bytes)) == 0, "cannot make " + image_);
  const std::string make =
      "mkfs.ext4 -q -b 4096 -E packed_meta_blocks=1,lazy_itable_init=0,lazy_journal_init=0 " + image_;
  if (std::system(make.c_str()) != 0) throw std::runtime_error("mkfs.ext4 failed");
  if (on_tmpfs_) fill_holes(file.get(), kMetadataBytes);
  std::filesystem::create_directory(mount_point_);
  device_ = attach(image_);
  mount();
}

CutDisk::~CutDisk() {
  ::umount2(mount_point_.c_str(), MNT_DETACH);
  const core::UniqueFd loop(::open(device_.c_str(), O_RDWR | O_CLOEXEC));
  if (loop) ::ioctl(loop.get(), LOOP_CLR_FD);
  if (on_tmpfs_) ::umount2(folder_.c_str(), MNT_DETACH);
}

void CutDisk::mount() {
  demand(::mount(device_.c_str(), mount_point_.c_str(), "ext4", 0, nullptr) == 0, "cannot mount " + device_);
}

void CutDisk::unmount() {
  demand(::umount(mount_point_.c_str()) == 0, "cannot unmount " + mount_point_);
}

void CutDisk::write_some_back(const std::string& directory, std::uint64_t random) const {
  std::mt19937_64 chance(random);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const core::UniqueFd file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) continue;
    for (off_t at = 0; at < status.st_size; at += kPage) {
      if (chance() % 3 != 0) continue;
      ::sync_file_range(file.get(), at, kPage, SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
    }
  }
}

void CutDisk::cut(Cut how) const {
  const core::UniqueFd root(::open(mount_point_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto flags = static_cast<std::uint32_t>(how);
  demand(root && ::ioctl(root.get(), kShutDown, &flags) == 0, "cannot shut the file system down");
}

void CutDisk::mend(std::uint64_t sound_bytes) const {
  const std::string size = "size=" + std::to_string(sound_bytes);
  demand(::mount("none", folder_.c_str(), nullptr, MS_REMOUNT, size.c_str()) == 0, "cannot grow the tmpfs");
}

void CutDisk::restart() {
  unmount();
  mount();
}

}  // namespace submeter::power
