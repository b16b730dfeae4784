// SPDX-License-Identifier: Apache-2.0
#include "tool/record_csv.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "config/scalars.h"
#include "tool/terminal.h"

namespace submeter::tool {
namespace {

constexpr const char* kColumns[] = {"ts", "kind", "circuit", "meter", "seq", "clock", "q", "qf", "err"};
/// The same in all records of a gateway, or about their making.
constexpr const char* kLeftOut[] = {"v", "site", "gw", "stream", "cfg", "clk_err_ms", "span_ms"};

/// Takes numbers as they are written: 3.0 stays 3.0, and no digit of a large counter is lost.
class Fields final : public nlohmann::json_sax<nlohmann::json> {
 public:
  RecordFields take() { return std::move(fields_); }

  bool null() override { return put({}); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return put(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return put(text); }
  bool string(string_t& value) override { return put(value); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return !std::exchange(begun_, true); }
  bool key(string_t& name) override {
    key_ = name;
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*elements*/) override { return false; }
  bool end_array() override { return false; }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  bool put(std::string text) {
    fields_[key_] = std::move(text);
    return begun_;
  }

  RecordFields fields_;
  std::string key_;
  bool begun_ = false;
};

std::string quoted(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field.append(c == '"' ? 2 : 1, c);
  return field + "\"";
}

std::string field(const RecordFields& record, const std::string& name) {
  const auto found = record.find(name);
  return found == record.end() ? std::string() : quoted(found->second);
}

bool is_among(const std::string& name, const auto& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

std::optional<RecordFields> record_fields(const std::string& json) {
  Fields fields;
  if (!nlohmann::json::sax_parse(json, &fields)) return std::nullopt;
  return fields.take();
}

void RecordCsv::learn(const RecordFields& record) {
  for (const auto& [name, value] : record) {
    if (!is_among(name, kColumns) && !is_among(name, kLeftOut)) values_.insert(name);
  }
}

std::string RecordCsv::head() const {
  std::string line;
  for (const char* column : kColumns) line.append(line.empty() ? "" : ",").append(column);
  for (const std::string& name : values_) line.append(",").append(quoted(name));
  return line + "\r\n";
}

std::string RecordCsv::row(const RecordFields& record) const {
  const auto ts = record.find("ts");
  const auto time = ts == record.end() ? std::nullopt : config::parse_unsigned(ts->second);
  std::string line = time ? readable_time(static_cast<long long>(*time)) : field(record, "ts");
  for (const char* column : kColumns) {
    if (std::string_view(column) != "ts") line.append(",").append(field(record, column));
  }
  for (const std::string& name : values_) line.append(",").append(field(record, name));
  return line + "\r\n";
}

}  // namespace submeter::tool
