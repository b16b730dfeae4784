// SPDX-License-Identifier: Apache-2.0
#include "tool/register_source.h"

#include <filesystem>
#include <optional>
#include <utility>
#include <variant>

#include "tool/bus_reader.h"
#include "tool/daemon_client.h"

namespace submeter::tool {
namespace {

class OwnLine final : public RegisterSource {
 public:
  explicit OwnLine(const BusOptions& options) : reader_(options) {}
  modbus::ReadAnswer read(const modbus::ReadRequest& request) override { return reader_.read(request); }
  std::string describe() const override { return reader_.describe(); }

 private:
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

bool same_device(const std::string& line, const std::string& device) {
  std::error_code ignored;
  const auto wanted = std::filesystem::weakly_canonical(device, ignored);
  const auto polled = std::filesystem::weakly_canonical(line.substr(0, line.find(' ')), ignored);
  return !device.empty() && wanted == polled;
}

}  // namespace

std::unique_ptr<RegisterSource> find_register_source(const std::string& socket, const std::string& bus,
                                                     const BusOptions& options) {
  const auto* serial = std::get_if<SerialLine>(&options.line);
  if (const auto status = ask_daemon(socket, {{"command", "status"}}); status && status->contains("buses")) {
    for (const Json& polled : status->at("buses")) {
      const std::string id = polled.value("id", "");
      const std::string line = polled.value("line", "");
      if (id == bus || (serial != nullptr && same_device(line, serial->device))) {
        return std::make_unique<ThroughDaemon>(socket, id, line);
      }
    }
  }
  return std::make_unique<OwnLine>(options);
}

}  // namespace submeter::tool
