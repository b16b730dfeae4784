// SPDX-License-Identifier: Apache-2.0
// A disk whose power can be cut: ext4 in an image on a loop device, mounted where only this process sees it.
//
// What was synced is in the image, what was not was in the page cache of a file system that is shut down:
// nothing of it is written any more. The next mount recovers the journal, as after a real cut.
#pragma once

#include <cstdint>
#include <string>

namespace submeter::power {

/// How much of what was not synced still gets to the disk: EXT4_GOING_FLAGS_… of the kernel.
enum class Cut : std::uint32_t {
  kAfterSync = 0,   ///< DEFAULT: all of it.
  kFlushLog = 1,    ///< LOGFLUSH: the journal, and what it orders before it.
  kNoFlushLog = 2,  ///< NOLOGFLUSH: nothing.
};

class CutDisk {
 public:
  /// Throws std::runtime_error with the reason where this is not possible: no root, no loop device. Where
  /// `sound_bytes` is given, no more than that many of the disk can be written to: beyond them a write to the
  /// device fails, which a program hears of when it syncs.
  CutDisk(const std::string& folder, std::uint64_t bytes, std::uint64_t sound_bytes = 0);
  ~CutDisk();
  CutDisk(const CutDisk&) = delete;
  CutDisk& operator=(const CutDisk&) = delete;

  const std::string& path() const { return mount_point_; }
  /// Writes so many pages of the files behind their owner's back, as the kernel may at any time.
  void write_some_back(const std::string& directory, std::uint64_t random) const;
  void cut(Cut how) const;
  /// After a cut, when nobody has a file open any more: the power is back.
  void restart();
  /// From now on `sound_bytes` can be written to.
  void mend(std::uint64_t sound_bytes) const;

 private:
  void mount();
  void unmount();

  std::string folder_;
  std::string image_;
  std::string mount_point_;
  std::string device_;
  bool on_tmpfs_;
};

}  // namespace submeter::power
