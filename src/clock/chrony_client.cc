// SPDX-License-Identifier: Apache-2.0
#include "clock/chrony_client.h"

#include <fmt/format.h>

#include <utility>

namespace submeter::clock {

ChronyClient::ChronyClient(Loop& loop, DatagramPort& port, Random& random)
    : port_(port), random_(random), loop_(loop), poll_timer_(loop, [this] { ask(); }), timeout_(loop, [this] {
        on_timeout();
      }) {
  port_.set_listener(*this);
}

void ChronyClient::start(std::function<void()> news) {
  news_ = std::move(news);
  ask();
}

void ChronyClient::ask_anew() {
  tracking_.reset();
  ask();
}

void ChronyClient::ask() {
  ++counters_.requests;
  expected_ = static_cast<std::uint32_t>(random_.next());
  poll_timer_.start_after(kPollInterval);
  timeout_.start_after(kTimeout);
  port_.send(tracking_request(*expected_));
}

// Where no request is under way, what comes is the answer to one that is over, if anything.
void ChronyClient::on_datagram(std::span<const std::uint8_t> bytes) {
  const auto parsed = parse_tracking(bytes, expected_.value_or(0));
  if (const auto* reason = std::get_if<NotTracking>(&parsed)) return ignore(*reason);
  if (!expected_) return ignore(NotTracking::kSequence);
  ++counters_.answers;
  expected_.reset();
  timeout_.cancel();
  missed_ = 0;
  instead_.reset();
  failure_.clear();
  presence_ = Presence::kAnswers;
  tracking_ = std::get<Tracking>(parsed);
  answered_at_ = loop_.now();
  news_();
}

void ChronyClient::ignore(NotTracking reason) {
  ++counters_.ignored[static_cast<std::size_t>(reason)];
  instead_ = reason;
}

void ChronyClient::on_timeout() {
  ++counters_.timeouts;
  expected_.reset();
  if (++missed_ < kPatience) return;
  const std::string why =
      instead_ ? fmt::format("; what came instead was ignored for its {}", to_string(*instead_)) : "";
  give_up(fmt::format("chronyd did not answer {} requests{}", missed_, why));
}

void ChronyClient::on_unreachable(const Error& reason) {
  ++counters_.unreachable;
  expected_.reset();
  timeout_.cancel();
  missed_ = 0;
  give_up(reason.message);
}

void ChronyClient::give_up(const std::string& failure) {
  failure_ = failure;
  tracking_.reset();
  if (std::exchange(presence_, Presence::kGone) != Presence::kGone) news_();
}

}  // namespace submeter::clock
