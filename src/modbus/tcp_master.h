// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <vector>

#include "modbus/connection.h"
#include "modbus/frame.h"
#include "modbus/master.h"

namespace submeter::modbus {

/// Asks over Modbus TCP: up to `max_in_flight` requests at a time, told apart by transaction ids. An answer
/// that comes after its time-out carries an id nobody waits for, and is dropped and counted. A gateway may
/// wait longer for a dead meter than we do: a request that timed out keeps its place until its answer comes
/// after all, or for another response time-out, so that the next one does not pay for it.
class TcpMaster final : public Master, private Connection::User {
 public:
  /// An answer that began and then lacks bytes for so long has broken off: what follows on its connection
  /// cannot be cut into answers any more, so it is opened anew.
  static constexpr std::chrono::milliseconds kPauseInAnswer{100};

  /// `response_timeout` is counted from handing the request to the connection.
  TcpMaster(Loop& loop, ByteStream& stream, Random& random, std::size_t max_in_flight,
            Duration response_timeout);

  void start() override { connection_.start(); }
  bool ready() const override;
  void on_ready(std::function<void()> listener) override { ready_listener_ = std::move(listener); }
  void on_line_state(Connection::StateListener listener) override {
    connection_.on_state(std::move(listener));
  }
  void read(const ReadRequest& request, Done done) override;
  MonoTime askable_at(UnitId) const override { return MonoTime::min(); }
  bool line_up() const override { return connection_.up(); }
  const BusCounters& counters() const override { return counters_; }

 private:
  struct Pending {
    explicit Pending(TcpMaster& master)
        : timeout(master.loop_, [this, &master] { master.on_timeout(*this); }) {}
    std::uint16_t transaction = 0;
    ReadRequest request;
    Done done;
    MonoTime sent{};
    Timer timeout;
  };
  /// A request that timed out.
  struct GivenUp {
    std::uint16_t transaction = 0;
    MonoTime place_free_at{};
  };
  using InFlight = std::list<Pending>;  // few; nodes are used again
  static constexpr std::size_t kMostGivenUp = 16;

  void on_line_up() override;
  void on_line_bytes(std::span<const std::uint8_t> bytes) override;
  void on_line_down(const std::string& reason) override;
  void on_frame(const Frame& frame);
  InFlight::iterator find(std::uint16_t transaction);
  void on_timeout(Pending& pending);
  bool broke_off() const;
  bool forget_given_up(std::uint16_t transaction);
  void tell_ready();
  void on_place_free();
  void finish(InFlight::iterator pending, ReadAnswer answer);
  void deliver(Pending& pending, ReadAnswer answer);
  std::uint16_t free_transaction();

  Loop& loop_;
  std::size_t max_in_flight_;
  Duration response_timeout_;
  BusCounters counters_;
  std::function<void()> ready_listener_;
  MbapAssembler assembler_;
  std::uint16_t last_transaction_;
  InFlight in_flight_;
  InFlight spare_;                 // at most max_in_flight nodes
  std::vector<GivenUp> given_up_;  // their late answers are told from foreign ones
  Timer place_free_;               // of the oldest of them
  Connection connection_;
};

}  // namespace submeter::modbus
