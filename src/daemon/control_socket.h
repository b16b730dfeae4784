// SPDX-License-Identifier: Apache-2.0
// The socket on which `submeter` asks the running daemon: one JSON object a line in each direction.
//
//   {"command": "status", "brief": true}                          one line back, then closed; brief: without
//                                                                 the lists of buses and meters
//   {"command": "tail", "circuit": "ups-a"}                       a line a record until the client leaves
//   {"command": "read", "bus": "rs485-1", "unit": 7, "function": 4, "address": 52, "count": 2}
//                                                                 one line back, then closed
//   {"command": "queue"}                                          one line back, then closed
//   {"command": "export", "from": ms, "to": ms, "after": 0, "circuits": ["ups-a"]}
//                                                                 a bite of the records kept of that time
//                                                                 (daemon/export_language.h); the client may
//                                                                 then ask for the next one. One bite at a
//                                                                 time is read, whoever asks.
//
// An answer with `error` says what was wrong. Requests over 4 KiB and clients that do not read are cut off.
// Loop thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/unique_fd.h"
#include "modbus/pdu.h"
#include "store/range_read.h"
#include "submeter/loop.h"
#include "submeter/record_queue.h"
#include "submeter/result.h"

namespace submeter::daemon {

class ControlClient;

class ControlSocket {
 public:
  static constexpr std::size_t kMaxClients = 16;

  /// What the daemon does for a client. Answers are finished JSON objects.
  class Handler {
   public:
    using Reply = std::function<void(std::string)>;
    virtual ~Handler() = default;
    virtual std::string status_json(bool brief) = 0;
    /// Calls `reply` once, from the loop; never when the bus goes away meanwhile.
    virtual void read_registers(const std::string& bus, const modbus::ReadRequest& request, Reply reply) = 0;
    virtual std::string queue_json() = 0;
    /// Calls `reply` once, from the loop, with export_answer().
    virtual void export_records(store::RangeQuery query, Reply reply) = 0;
  };

  ControlSocket(Loop& loop, Handler& handler);
  ~ControlSocket();

  /// Binds `path`, replacing what a daemon that is gone left there; for owner and group.
  Result<void> listen(const std::string& path);
  /// A record was committed: for those who follow.
  void on_record(const Record& record);

 private:
  using ClientId = std::uint64_t;

  void accept_all();
  void on_line(ClientId id, const std::string& line);
  /// Sends the only answer this client gets.
  void answer(ClientId id, const std::string& json);
  void remove(ClientId id);
  void export_next(ClientId id, store::RangeQuery query);
  /// Begins the first export that waits and whose client is still there.
  void begin_export();

  Loop& loop_;
  Handler& handler_;
  std::string path_;
  core::UniqueFd listener_;
  std::unique_ptr<Watch> watch_;
  ClientId next_client_ = 1;
  std::map<ClientId, std::unique_ptr<ControlClient>> clients_;
  struct Export {
    ClientId client;
    store::RangeQuery query;
  };
  std::deque<Export> exports_;  // those that wait
  bool exporting_ = false;
};

}  // namespace submeter::daemon
