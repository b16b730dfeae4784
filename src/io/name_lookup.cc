// SPDX-License-Identifier: Apache-2.0
#include "io/name_lookup.h"

#include <fmt/format.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace submeter::io {
namespace {

/// What the resolver's thread sends, in one message of a SOCK_SEQPACKET.
struct Answer {
  int error = 0;  // EAI_…
  std::size_t count = 0;
  std::array<SocketAddress, kMaxAddresses> addresses{};
};

Answer resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Answer answer;
  answer.error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (answer.error != 0) return answer;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, ::freeaddrinfo);
  for (const addrinfo* entry = list; entry != nullptr && answer.count < kMaxAddresses;
       entry = entry->ai_next) {
    SocketAddress& address = answer.addresses[answer.count++];
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
  }
  return answer;
}

/// Our end of the socket; the other one goes to the thread. Invalid when the system has no descriptor or
/// thread left.
core::UniqueFd start_resolver(const std::string& host, std::uint16_t port) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return core::UniqueFd();
  core::UniqueFd ours(ends[0]);
  core::UniqueFd theirs(ends[1]);
  try {
    std::thread([host, port, end = std::move(theirs)] {
      const Answer answer = resolve(host, port, 0);
      ::send(end.get(), &answer, sizeof answer, MSG_NOSIGNAL);
    }).detach();
  } catch (const std::system_error&) {
    ours.reset();
  }
  return ours;
}

}  // namespace

std::vector<SocketAddress> numeric_address(const std::string& host, std::uint16_t port) {
  const Answer answer = resolve(host, port, AI_NUMERICHOST);
  return {answer.addresses.begin(), answer.addresses.begin() + static_cast<std::ptrdiff_t>(answer.count)};
}

Result<std::unique_ptr<NameLookup>> NameLookup::start(Loop& loop, const std::string& host, std::uint16_t port,
                                                      Done done) {
  core::UniqueFd answer = start_resolver(host, port);
  if (!answer)
    return Error{fmt::format("cannot look up {}: the system has no thread or descriptor left", host)};
  return std::unique_ptr<NameLookup>(new NameLookup(loop, host, std::move(answer), std::move(done)));
}

NameLookup::NameLookup(Loop& loop, std::string host, core::UniqueFd answer, Done done)
    : host_(std::move(host)),
      done_(std::move(done)),
      answer_(std::move(answer)),
      watch_(loop, answer_.get(), Interest::kRead, [this](Readiness) { on_answer(); }) {}

void NameLookup::on_answer() {
  Answer answer;
  const bool whole = ::recv(answer_.get(), &answer, sizeof answer, MSG_DONTWAIT) == sizeof answer;
  const Done done = std::move(done_);
  if (whole && answer.error == 0) {
    done(Addresses(answer.addresses.begin(),
                   answer.addresses.begin() + static_cast<std::ptrdiff_t>(answer.count)));
    return;
  }
  const char* why = whole ? ::gai_strerror(answer.error) : "the resolver gave no answer";
  done(Error{fmt::format("cannot find {}: {}: check the name and the name server, or give the address", host_,
                         why)});
}

}  // namespace submeter::io
