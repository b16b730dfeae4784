// SPDX-License-Identifier: Apache-2.0
#include "poll/bus_poller.h"

#include <algorithm>
#include <deque>
#include <tuple>
#include <utility>

#include "core/lifeline.h"
#include "core/log.h"
#include "poll/meter.h"
#include "poll/overload.h"

namespace submeter::poll {
namespace {

/// How long a line that has said nothing yet may take to come up before its meters are reported.
constexpr Duration kLineGrace = std::chrono::seconds(10);
/// Probes in free time cost their bus at most one part in so many.
constexpr int kProbeShare = 20;
/// A probe that found no free time for so long goes before due meters, and then costs at most one part in so
/// many: such a bus has none to spare.
constexpr Duration kProbePatience = std::chrono::seconds(60);
constexpr int kImpatientProbeShare = 125;

modbus::ReadAnswer bus_down(std::string reason) {
  modbus::ReadAnswer answer;
  answer.outcome = modbus::Outcome::kBusDown;
  answer.reason = std::move(reason);
  return answer;
}

}  // namespace

class BusPoller::Body {
 public:
  Body(Loop& loop, const Clock& clock, modbus::Master& master, Random& random, BusPlan plan,
       ReadingSink& sink)
      : loop_(loop),
        clock_(clock),
        master_(master),
        sink_(sink),
        plan_(std::move(plan)),
        overload_(plan_.id),
        busy_(loop.now()),
        wake_(loop, [this] { pump(); }),
        look_again_(loop, [this] { pump(); }) {
    for (const MeterPlan& meter : plan_.meters) meters_.emplace_back(plan_, meter, random);
  }
  ~Body() {
    if (!started_) return;
    master_.on_ready([] {});
    master_.on_line_state([](bool, const std::string&) {});
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  void start() {
    started_ = loop_.now();
    master_.on_ready([this] { pump(); });
    master_.on_line_state([this](bool up, const std::string& detail) { on_line_state(up, detail); });
    replan();
    master_.start();
  }

  void replan() {
    for (Meter& meter : meters_) meter.schedule().plan(clock_, loop_.now());
    pump();
  }

  void read_once(const modbus::ReadRequest& request, modbus::Master::Done done) {
    if (waiting_.size() >= kMaxWaitingReads) {
      loop_.post([done = std::move(done)] { done(bus_down("too many reads are waiting for this bus")); });
      return;
    }
    waiting_.push_back({request, std::move(done)});
    look_again_.start_at(loop_.now());
  }

  void finish(std::function<void()> done) {
    finished_ = std::move(done);
    pump();
  }

  BusHealth health() const {
    BusHealth health;
    health.load = busy_.share(loop_.now());
    if (!master_.line_up()) health.line_error = line_reason_;
    for (const Meter& meter : meters_) {
      health.cycles_skipped += meter.schedule().skipped();
      health.meters.push_back(meter.health());
    }
    return health;
  }

  MeterCounts meter_counts() const {
    MeterCounts counts{.all = meters_.size()};
    for (const Meter& meter : meters_) {
      if (meter.state() == MeterState::kAlive) ++counts.alive;
      if (meter.state() == MeterState::kSilent) ++counts.silent;
      if (meter.ct_suspect()) ++counts.ct_suspect;
      counts.cycles_skipped += meter.schedule().skipped();
    }
    return counts;
  }

  const BusPlan& plan() const { return plan_; }

 private:
  struct Probe {
    MonoTime begun{};
    int share = 0;
  };
  struct WaitingRead {
    modbus::ReadRequest request;
    modbus::Master::Done done;
  };

  /// Does all that can be done now, and wakes up for what comes next.
  void pump() {
    if (finished_) return finish_sessions();
    if (!started_) return;
    pass_over_unreachable();
    if (unanswered_probe_ && master_.ready()) account_probe();
    while (master_.ready() && send_next()) {
    }
    sleep_until_next();
  }

  /// What all meters that answer ask for.
  Overload::Demand demand() const {
    Overload::Demand demand{0.0, Duration::max(), busy_.share(loop_.now())};
    for (const Meter& meter : meters_) {
      const Duration interval = meter.schedule().shortest_interval();
      if (meter.silent() || interval == Duration::max()) continue;
      demand.readings_per_second += 1.0 / std::chrono::duration<double>(interval).count();
      demand.shortest_interval = std::min(demand.shortest_interval, interval);
    }
    return demand;
  }

  /// Begins nothing; reads to the end what was begun.
  void finish_sessions() {
    wake_.cancel();
    while (master_.ready()) {
      Meter* meter = waiting_in_session();
      if (meter == nullptr) break;
      ask(*meter);
    }
    // On a serial line the next request of a session has to wait for the silence.
    const bool goes_on = master_.line_up() && waiting_in_session() != nullptr;
    if (in_flight_ == 0 && !goes_on) loop_.post(lifeline_.guard(finished_));
  }

  bool send_next() {
    const MonoTime now = loop_.now();
    if (Meter* meter = waiting_in_session()) return ask(*meter);
    if (!waiting_.empty()) return send_waiting_read();
    if (Meter* meter = probe_due(kProbePatience)) return probe(*meter, kImpatientProbeShare);
    if (const Choice choice = most_urgent(); choice.meter != nullptr) {
      if (choice.claim.late || overload_.active()) overload_.on_reading(choice.claim.late, demand(), now);
      choice.meter->begin(clock_, now);
      return ask(*choice.meter);
    }
    if (Meter* meter = ct_check_due()) return check_ct(*meter);
    Meter* meter = probe_due(Duration::zero());
    return meter != nullptr && next_reading() - now >= probe_cost_ && probe(*meter, kProbeShare);
  }

  /// An answer that is still on its way keeps one meter waiting, never the others.
  bool askable(const Meter& meter) const { return master_.askable_at(meter.unit()) <= loop_.now(); }

  Meter* waiting_in_session() {
    const auto found = std::ranges::find_if(meters_, [this](const Meter& meter) {
      return meter.in_session() && !meter.asked() && askable(meter);
    });
    return found == meters_.end() ? nullptr : &*found;
  }

  struct Choice {
    Meter* meter = nullptr;
    Claim claim;
  };

  /// Silent meters have been passed over.
  Choice most_urgent() {
    Choice urgent;
    for (Meter& meter : meters_) {
      if (meter.in_session() || meter.asked()) continue;
      const auto claim = meter.schedule().claim(loop_.now());
      if (!claim || !askable(meter)) continue;
      const Choice choice{&meter, *claim};
      if (urgent.meter == nullptr || goes_before(choice, urgent)) urgent = choice;
    }
    return urgent;
  }

  /// Earliest deadline first, which keeps every interval as long as the bus can carry them all. When it
  /// cannot, the shortest interval first: cycles of the longest are skipped, but never too many in a row. Of
  /// equals the one that has waited longest.
  bool goes_before(const Choice& a, const Choice& b) const {
    if (overload_.active()) {
      if (a.claim.starved != b.claim.starved) return a.claim.starved;
      if (a.claim.interval != b.claim.interval) return a.claim.interval < b.claim.interval;
    }
    return std::tuple(a.claim.deadline, a.claim.interval, a.meter->begun()) <
           std::tuple(b.claim.deadline, b.claim.interval, b.meter->begun());
  }

  /// The silent meter that has waited longest, if that is `patience` beyond when it may be probed.
  Meter* probe_due(Duration patience) {
    if (probing_ || unanswered_probe_ || loop_.now() < probes_allowed_at_) return nullptr;
    const auto longest_waiting = std::ranges::min_element(meters_, {}, &Meter::probe_at);
    if (longest_waiting == meters_.end() || longest_waiting->probe_at() > loop_.now() - patience)
      return nullptr;
    if (!askable(*longest_waiting)) return nullptr;
    return &*longest_waiting;
  }

  /// True: progress was made, look again.
  bool ask(Meter& meter) {
    const auto request = meter.next_request();
    if (!request) {
      end_session(meter);
      return true;
    }
    meter.on_asked();
    submit(*request, [this, &meter](const modbus::ReadAnswer& answer) {
      meter.on_answer(answer, loop_.now());
      if (!meter.next_request()) end_session(meter);
    });
    return true;
  }

  bool probe(Meter& meter, int share) {
    probing_ = true;
    meter.on_asked();
    submit(meter.probe(), [this, &meter, share, begun = loop_.now()](const modbus::ReadAnswer& answer) {
      probing_ = false;
      const MonoTime now = loop_.now();
      if (meter_spoke(answer)) {
        probe_all_soon(now);
      } else {
        unanswered_probe_ = Probe{begun, share};
      }
      meter.on_probe_answer(answer, now);
    });
    return true;
  }

  /// Of meters that are not at work.
  Meter* ct_check_due() {
    const auto found = std::ranges::find_if(
        meters_, [this](const Meter& meter) { return meter.ct_check_at() <= loop_.now() && askable(meter); });
    return found == meters_.end() ? nullptr : &*found;
  }

  bool check_ct(Meter& meter) {
    meter.on_asked();
    submit(meter.ct_check(), [this, &meter](const modbus::ReadAnswer& answer) {
      meter.on_ct_check_answer(answer, loop_.now());
      tell_events(meter);
    });
    return true;
  }

  /// The probe has cost its time when the line can be used again, which after a slow meter is later than its
  /// time-out.
  void account_probe() {
    probe_cost_ = loop_.now() - unanswered_probe_->begun;
    probes_allowed_at_ = loop_.now() + probe_cost_ * (unanswered_probe_->share - 1);
    unanswered_probe_.reset();
  }

  /// One came back: power or cable of the others may be back as well.
  void probe_all_soon(MonoTime now) {
    probes_allowed_at_ = now;
    for (Meter& meter : meters_) meter.probe_soon(now);
  }

  /// When the next meter that answers is due.
  MonoTime next_reading() const {
    MonoTime next = MonoTime::max();
    for (const Meter& meter : meters_) {
      if (!meter.silent()) next = std::min(next, meter.schedule().next_due());
    }
    return next;
  }

  bool send_waiting_read() {
    WaitingRead read = std::move(waiting_.front());
    waiting_.pop_front();
    submit(read.request, std::move(read.done));
    return true;
  }

  template <class Then>
  void submit(const modbus::ReadRequest& request, Then then) {
    if (in_flight_++ == 0) busy_.set_busy(true, loop_.now());
    master_.read(request, lifeline_.guard([this, then = std::move(then)](const modbus::ReadAnswer& answer) {
      if (--in_flight_ == 0) busy_.set_busy(false, loop_.now());
      then(answer);
      if (finished_) pump();  // otherwise when the master is ready
    }));
  }

  void end_session(Meter& meter) {
    auto readings = meter.end(loop_.now());
    tell_events(meter);
    deliver(std::move(readings));
  }

  void tell_events(Meter& meter) {
    for (Event& event : meter.take_events()) sink_.on_event(std::move(event));
  }

  void deliver(std::vector<Reading> readings) {
    for (Reading& reading : readings) sink_.on_reading(std::move(reading));
  }

  void on_line_state(bool up, const std::string& detail) {
    line_reason_ = up ? std::string() : detail;
    if (up) {
      core::log_info("bus {} is up: {}  bus={}", plan_.id, detail, plan_.id);
    } else {
      core::log_warning("bus {} is down: {}  bus={}", plan_.id, detail, plan_.id);
    }
    for (Meter& meter : meters_) {
      if (up) {
        meter.on_line_up();
      } else if (meter.in_session() && !meter.asked()) {
        meter.on_answer(bus_down(detail), loop_.now());
        end_session(meter);
      }
    }
    pump();
  }

  /// Why the line is down; null while it is up or may still come up for the first time.
  const std::string* line_reason() const {
    if (master_.line_up()) return nullptr;
    const bool just_started = line_reason_.empty() && loop_.now() < *started_ + kLineGrace;
    static const std::string kNotUpYet = "the line has not come up";
    return just_started ? nullptr : line_reason_.empty() ? &kNotUpYet : &line_reason_;
  }

  void pass_over_unreachable() {
    const std::string* reason = line_reason();
    for (Meter& meter : meters_) {
      const bool unreachable = reason != nullptr || meter.silent();
      if (!unreachable || meter.in_session() || meter.schedule().next_due() > loop_.now()) continue;
      deliver(meter.pass_over(clock_, loop_.now(), reason));
    }
    if (reason == nullptr) return;
    for (auto refused = std::exchange(waiting_, {}); !refused.empty(); refused.pop_front()) {
      refused.front().done(bus_down(*reason));
    }
  }

  /// What is due already waits for the master, not for a timer.
  void sleep_until_next() {
    const MonoTime now = loop_.now();
    MonoTime next = MonoTime::max();
    const auto consider = [&](MonoTime instant) {
      if (instant > now) next = std::min(next, instant);
    };
    for (const Meter& meter : meters_) {
      consider(meter.schedule().next_due());
      consider(master_.askable_at(meter.unit()));
      consider(meter.ct_check_at());
      if (!meter.silent() || !master_.line_up()) continue;
      consider(std::max(meter.probe_at(), probes_allowed_at_));
      consider(std::max(meter.probe_at() + kProbePatience, probes_allowed_at_));
    }
    if (!master_.line_up()) consider(*started_ + kLineGrace);
    if (next == MonoTime::max()) {
      wake_.cancel();
    } else if (!wake_.armed() || wake_.deadline() != next) {
      wake_.start_at(next);
    }
  }

  Loop& loop_;
  const Clock& clock_;
  modbus::Master& master_;
  ReadingSink& sink_;
  const BusPlan plan_;
  std::deque<Meter> meters_;
  std::deque<WaitingRead> waiting_;
  std::optional<MonoTime> started_;
  std::string line_reason_;  // empty while the line has not gone down
  bool probing_ = false;
  MonoTime probes_allowed_at_ = MonoTime::min();
  Duration probe_cost_{};                  // of the last that was not answered
  std::optional<Probe> unanswered_probe_;  // until the line can be used again
  std::size_t in_flight_ = 0;
  Overload overload_;
  BusyShare busy_;
  std::function<void()> finished_;  // set once nothing more is to be asked
  Timer wake_;                      // at the next instant something is due
  Timer look_again_;                // a technician's read came in
  core::Lifeline lifeline_;
};

BusPoller::BusPoller(Loop& loop, const Clock& clock, modbus::Master& master, Random& random, BusPlan plan,
                     ReadingSink& sink)
    : body_(std::make_unique<Body>(loop, clock, master, random, std::move(plan), sink)) {}

BusPoller::~BusPoller() = default;

void BusPoller::start() {
  body_->start();
}

void BusPoller::replan() {
  body_->replan();
}

void BusPoller::read_once(const modbus::ReadRequest& request, modbus::Master::Done done) {
  body_->read_once(request, std::move(done));
}

void BusPoller::finish(std::function<void()> done) {
  body_->finish(std::move(done));
}

BusHealth BusPoller::health() const {
  return body_->health();
}

MeterCounts BusPoller::meter_counts() const {
  return body_->meter_counts();
}

const BusPlan& BusPoller::plan() const {
  return body_->plan();
}

}  // namespace submeter::poll
