// SPDX-License-Identifier: Apache-2.0
#include "store/queue_mark.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <vector>

#include "store/sealed_bytes.h"
#include "submeter/check.h"

namespace submeter::store {
namespace {

constexpr std::string_view kName = "SMK1";
constexpr std::size_t kSize = 128;
constexpr std::size_t kLongestName = kSize - 33;

std::string mark_path(const std::string& queue_path) {
  return std::filesystem::path(queue_path).replace_extension(".mark");
}

}  // namespace

std::optional<Mark> read_mark(const std::string& queue_path) {
  const core::UniqueFd fd(::open(mark_path(queue_path).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<std::uint8_t, kSize> bytes{};
  const ssize_t size = fd ? ::pread(fd.get(), bytes.data(), bytes.size(), 0) : -1;
  if (size < 0) return std::nullopt;
  Result<Taker> taker = open_sealed(std::span(bytes).first(static_cast<std::size_t>(size)), kName);
  if (!taker) return std::nullopt;
  Mark mark;
  mark.newest.value = taker->number<std::uint64_t>();
  mark.acknowledged.value = taker->number<std::uint64_t>();
  mark.held.value = taker->number<std::uint64_t>();
  mark.stream = taker->text(taker->number<std::uint8_t>());
  return taker->failed() ? std::nullopt : std::optional(mark);
}

Result<void> QueueMark::open(const std::string& queue_path, const Mark& mark) {
  path_ = mark_path(queue_path);
  fd_ = core::UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  if (!fd_) return Error{fmt::format("cannot open {}: {}", path_, std::strerror(errno))};
  if (Result<void> done = write(mark); !done) return done;
  if (::fdatasync(fd_.get()) == 0) return {};
  return Error{fmt::format("cannot sync {}: {}", path_, std::strerror(errno))};
}

// One write of less than a sector.
Result<void> QueueMark::write(const Mark& mark) {
  SUBMETER_CHECK(mark.stream.size() <= kLongestName);
  SealedWriter out(kName);
  out.put(mark.newest.value);
  out.put(mark.acknowledged.value);
  out.put(mark.held.value);
  out.put(static_cast<std::uint8_t>(mark.stream.size()));
  out.put(std::string_view(mark.stream));
  out.put(std::string(kLongestName - mark.stream.size(), '\0'));
  const std::vector<std::uint8_t> bytes = out.seal();
  const ssize_t written = ::pwrite(fd_.get(), bytes.data(), bytes.size(), 0);
  if (written == static_cast<ssize_t>(bytes.size())) return {};
  return Error{
      fmt::format("cannot write {}: {}", path_, written < 0 ? std::strerror(errno) : "it was cut short")};
}

}  // namespace submeter::store
