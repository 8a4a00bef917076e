#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace trunkline::pg {

/// A one-dimensional array parameter in PostgreSQL's binary format, for statements that bring many
/// rows: the server takes its elements over instead of reading them letter by letter. The statement
/// must name the same type (`$1::uuid[]`); the server refuses another one. What the type cannot
/// hold (a text that is no UTF-8, JSON that is none) is the server's to refuse: invalid_input.
///
/// The format is that of array_send() and of each type's send function
/// (https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES).
class Array {
public:
    /// By the fixed numbers of pg_type.
    enum class Type : std::uint32_t {
        boolean = 16,
        bytea = 17,
        bigint = 20,
        integer = 23,
        text = 25,
        timestamptz = 1184,
        uuid = 2950,
        jsonb = 3802,
    };

    explicit Array(Type type) : type_(type) {}

    void add_null();
    void add_boolean(bool value);
    void add_integer(std::int32_t value);
    void add_bigint(std::int64_t value);
    /// In the text format the server refuses years before Christ, here it takes them.
    void add_time(base::WallTime time);
    /// A text or a bytea.
    void add_octets(std::string_view octets);
    /// The 16 octets of a uuid. For any other number of them the server refuses the statement.
    void add_uuid_octets(std::string_view octets);
    /// A uuid as text, with or without dashes. For anything else the server refuses the statement.
    void add_uuid(std::string_view text);
    /// JSON text for a jsonb.
    void add_json(std::string_view text);

    std::size_t size() const { return size_; }
    /// The whole parameter.
    std::string octets() const;

private:
    Type type_;
    std::size_t size_ = 0;
    bool has_null_ = false;
    std::string elements_;
};

}  // namespace trunkline::pg
