// SPDX-License-Identifier: Apache-2.0
// A part of a file as a table of its keys: reading it, naming unknown, missing and unsupported keys, and
// describing its shape to whoever holds it against the JSON schema.
//
//   Section<SerialLine> serial("serial", "a serial line",
//                              {required("device", &SerialLine::device, as_text),
//                               optional("baud", &SerialLine::baud, as_baud)});
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/scalars.h"
#include "config/source.h"
#include "config/yaml_document.h"

namespace submeter::config {

/// A node and the file it stands in.
struct Value {
  const Source* source;
  const YamlNode* node;

  Place place() const { return {source, node->mark}; }
  Place key_place() const { return {source, node->key_mark}; }
  Value with(const YamlNode& other) const { return {source, &other}; }
};

enum class Presence : std::uint8_t {
  kRequired,
  kOptional,
  kUnsupported,  ///< Part of the language, but not of this version: refused by name.
};

/// What a schema says about an object.
struct Shape {
  struct Key {
    std::string_view name;
    Presence presence;
    std::vector<std::string_view> words;  ///< The only values there are; empty: any.
  };
  std::string_view name;  ///< The object's place under `$defs`.
  std::vector<Key> keys;
};

/// Reports that what should hold keys does not; a null value holds none. True when its entries can be read.
bool check_is_map(const Value& value, std::string_view what, const Shape& shape);
void report_unknown_key(const Value& value, const std::string& key, std::string_view what,
                        const Shape& shape);
void report_missing_key(const Place& place, std::string_view key, std::string_view what);

/// Reads a value with a parser; reports the parser's error at the value.
template <class Parser>
auto parse(const Value& value, const Parser& parser) {
  auto result = parser(*value.node);
  if (!result) value.place().error(result.error().message);
  return result;
}

template <class Record>
struct Field {
  Shape::Key key;
  std::function<void(const Value&, Record&)> read;
};

namespace internal {

template <class T, class Given>
void assign(T& member, Given given, const Value&) {
  member = static_cast<Given&&>(given);
}
template <class T, class Given>
void assign(Located<T>& member, Given given, const Value& value) {
  member = {std::move(given), value.place()};
}

template <class Record, class Access, class Parser>
Field<Record> field(Presence presence, std::string_view name, Access access, Parser parser) {
  Field<Record> result{{name, presence, {}}, {}};
  if constexpr (requires { parser.words(); }) result.key.words = parser.words();
  result.read = [access, parser = std::move(parser)](const Value& value, Record& record) {
    if (auto parsed = parse(value, parser)) assign(std::invoke(access, record), std::move(*parsed), value);
  };
  return result;
}

}  // namespace internal

/// A key whose value one parser turns into one member.
template <class Record, class Member, class Parser>
Field<Record> required(std::string_view key, Member Record::*member, Parser parser) {
  return internal::field<Record>(Presence::kRequired, key, member, std::move(parser));
}
template <class Record, class Member, class Parser>
Field<Record> optional(std::string_view key, Member Record::*member, Parser parser) {
  return internal::field<Record>(Presence::kOptional, key, member, std::move(parser));
}

/// A key for a member of a member: `optional("baud", within(&Bus::line, &SerialLine::baud), as_baud)`.
template <class Record, class Part, class Member>
auto within(Part Record::*part, Member Part::*member) {
  return std::function<Member&(Record&)>(
      [part, member](Record& record) -> Member& { return record.*part.*member; });
}
template <class Record, class Member, class Parser>
Field<Record> optional(std::string_view key, std::function<Member&(Record&)> access, Parser parser) {
  return internal::field<Record>(Presence::kOptional, key, std::move(access), std::move(parser));
}
template <class Record, class Member, class Parser>
Field<Record> required(std::string_view key, std::function<Member&(Record&)> access, Parser parser) {
  return internal::field<Record>(Presence::kRequired, key, std::move(access), std::move(parser));
}

/// A key with a reader of its own: `void(const Value&, Record&)`.
template <class Record, class Reader>
Field<Record> required_by(std::string_view key, Reader reader) {
  return {{key, Presence::kRequired, {}}, std::move(reader)};
}
template <class Record, class Reader>
Field<Record> optional_by(std::string_view key, Reader reader) {
  return {{key, Presence::kOptional, {}}, std::move(reader)};
}

template <class Record>
Field<Record> unsupported(std::string_view key) {
  return {{key, Presence::kUnsupported, {}}, [key](const Value& value, Record&) {
            value.key_place().error("'" + std::string(key) + "' is not supported by this version; remove it");
          }};
}

/// Two lists of keys as one.
template <class Record>
std::vector<Field<Record>> joined(std::vector<Field<Record>> first, std::vector<Field<Record>> second) {
  for (Field<Record>& field : second) first.push_back(std::move(field));
  return first;
}

template <class Record>
class Section {
 public:
  /// `name`: of the schema's definition; `what`: for people, "a bus of type rtu".
  Section(std::string_view name, std::string_view what, std::vector<Field<Record>> fields)
      : what_(what), fields_(std::move(fields)) {
    shape_.name = name;
    for (const Field<Record>& field : fields_) shape_.keys.push_back(field.key);
  }

  /// Reads all that is there, reports all that is wrong. Members without a key keep their defaults.
  void read(const Value& value, Record& record) const {
    read_part(value, record);
    if (value.node->kind == YamlNode::Kind::kMap || value.node->kind == YamlNode::Kind::kNull)
      require(value, record);
  }

  /// Without asking for required keys: another file may hold them.
  void read_part(const Value& value, Record& record) const {
    if (!check_is_map(value, what_, shape_)) return;
    for (const Entry& entry : value.node->entries) read_entry(value.with(entry.value), entry.key, record);
  }

  const Shape& shape() const { return shape_; }

 private:
  void read_entry(const Value& value, const std::string& key, Record& record) const {
    for (const Field<Record>& field : fields_) {
      if (field.key.name == key) return field.read(value, record);
    }
    report_unknown_key(value, key, what_, shape_);
  }

  void require(const Value& value, const Record&) const {
    for (const Field<Record>& field : fields_) {
      if (field.key.presence == Presence::kRequired && value.node->find(field.key.name) == nullptr) {
        report_missing_key(value.key_place(), field.key.name, what_);
      }
    }
  }

  std::string_view what_;
  std::vector<Field<Record>> fields_;
  Shape shape_;
};

/// Calls `read(id, value)` for each entry of a map whose keys are ids; reports keys that are none.
template <class Read>
void for_each_named(const Value& value, std::string_view what, Read read) {
  if (!check_is_map(value, what, {})) return;
  for (const Entry& entry : value.node->entries) {
    const Value item = value.with(entry.value);
    YamlNode key;
    key.kind = YamlNode::Kind::kScalar;
    key.text = entry.key;
    const auto id = as_id(key);
    if (!id) item.key_place().error(id.error().message);
    read(Located<std::string>{entry.key, item.key_place()}, item);
  }
}

}  // namespace submeter::config
