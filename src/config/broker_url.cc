// SPDX-License-Identifier: Apache-2.0
#include "config/broker_url.h"

#include <fmt/core.h>

#include "config/scalars.h"

namespace submeter::config {

namespace {

constexpr std::string_view kForm = "expected mqtts://HOST or mqtts://HOST:PORT";

/// Takes "host", "name:port" or "[v6]:port" apart; what follows the host is left in `rest`.
std::string_view split_host(std::string_view authority, std::string_view& rest) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) return {};
    rest = authority.substr(end + 1);
    return authority.substr(1, end - 1);
  }
  const std::size_t end = std::min(authority.find(':'), authority.size());
  rest = authority.substr(end);
  return authority.substr(0, end);
}

}  // namespace

bool BrokerUrl::is_loopback() const {
  const bool is_v4_loopback =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || is_v4_loopback;
}

Result<BrokerUrl> parse_broker_url(std::string_view text) {
  BrokerUrl url;
  const std::size_t scheme = text.find("://");
  if (text.starts_with("mqtt://")) {
    url.tls = false;
    url.port = 1883;
  } else if (!text.starts_with("mqtts://")) {
    const std::string given(text.substr(0, scheme == text.npos ? 0 : scheme));
    return Error{fmt::format("'{}' is no broker's address{}; {}", shown(text),
                             given.empty() ? "" : fmt::format(" (scheme '{}')", shown(given)), kForm)};
  }
  std::string_view authority = text.substr(scheme + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find('@') != authority.npos) {
    return Error{"no user or password in the address; expected them in 'username' and 'password_file'"};
  }
  std::string_view rest;
  url.host = split_host(authority, rest);
  if (url.host.empty() || authority.find_first_of("/?# \t") != authority.npos) {
    return Error{fmt::format("'{}' is no broker's address; {}", shown(text), kForm)};
  }
  if (rest.empty()) return url;
  const auto port = rest.starts_with(':') ? parse_unsigned(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > 65535) {
    return Error{fmt::format("'{}' is no port; expected 1 to 65535", shown(rest))};
  }
  url.port = static_cast<std::uint16_t>(*port);
  return url;
}

}  // namespace submeter::config
