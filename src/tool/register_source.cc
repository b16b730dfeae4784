// SPDX-License-Identifier: Apache-2.0
#include "tool/register_source.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "tool/bus_reader.h"
#include "tool/daemon_client.h"
#include "tool/line_text.h"

namespace submeter::tool {
namespace {

class OwnLine final : public RegisterSource {
 public:
  explicit OwnLine(const BusOptions& options) : reader_(loop_, options) {}
  modbus::ReadAnswer read(const modbus::ReadRequest& request) override { return reader_.read(request); }
  std::string describe() const override { return reader_.describe(); }

 private:
  core::EpollLoop loop_;
  BusReader reader_;
};

class ThroughDaemon final : public RegisterSource {
 public:
  ThroughDaemon(std::string socket, std::string bus, std::string line)
      : socket_(std::move(socket)), bus_(std::move(bus)), line_(std::move(line)) {}

  modbus::ReadAnswer read(const modbus::ReadRequest& request) override {
    modbus::ReadAnswer result;
    const auto answer = ask_daemon(socket_, {{"command", "read"},
                                             {"bus", bus_},
                                             {"unit", request.unit.value},
                                             {"function", static_cast<int>(request.function)},
                                             {"address", request.address.value},
                                             {"count", request.count}});
    if (!answer) {
      result.reason = answer.error().message;
    } else if (answer->contains("registers")) {
      result.outcome = modbus::Outcome::kRegisters;
      result.registers = answer->at("registers").get<std::vector<std::uint16_t>>();
    } else {
      result.outcome =
          answer->value("no_answer", true) ? modbus::Outcome::kTimeout : modbus::Outcome::kException;
      result.reason = answer->value("error", "");
    }
    return result;
  }

  std::string describe() const override { return line_ + " through the daemon"; }

 private:
  std::string socket_;
  std::string bus_;
  std::string line_;
};

/// `line` is what the daemon calls a line of its own. A serial line, and what a device server makes of it,
/// can have one master only.
bool is_same_line(const std::string& line, const BusOptions& options) {
  if (options.serial_line() == nullptr) return false;
  const std::string text = line_text(options);
  std::error_code ignored;
  const auto wanted = std::filesystem::weakly_canonical(text.substr(0, text.find(' ')), ignored);
  const auto polled = std::filesystem::weakly_canonical(line.substr(0, line.find(' ')), ignored);
  return wanted == polled;
}

}  // namespace

std::unique_ptr<RegisterSource> find_register_source(const std::string& socket, const std::string& bus,
                                                     const BusOptions& options) {
  if (const auto status = ask_daemon(socket, {{"command", "status"}}); status && status->contains("buses")) {
    for (const Json& polled : status->at("buses")) {
      const std::string id = polled.value("id", "");
      const std::string line = polled.value("line", "");
      if (id == bus || is_same_line(line, options)) {
        return std::make_unique<ThroughDaemon>(socket, id, line);
      }
    }
  }
  return std::make_unique<OwnLine>(options);
}

}  // namespace submeter::tool
