#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// `null`, `a boolean`, `a number`, ...: as it reads in a sentence.
std::string_view to_string(Kind kind);

/// What a text may cost us. `max_depth` counts brackets around the innermost value: `[[1]]` has
/// depth 2.
struct Limits {
    std::size_t max_bytes = std::size_t{64} * 1024;
    std::size_t max_depth = 32;
};

struct Tree;
struct Member;
class Elements;
class Members;

/// One value of a Document, borrowed: it and every string_view it gives live as long as some copy
/// of the Document. Two machine words, to be passed by value. Reading from several threads at once
/// is safe.
class View {
public:
    Kind kind() const;
    bool is_null() const { return kind() == Kind::null; }
    bool is_boolean() const { return kind() == Kind::boolean; }
    bool is_number() const { return kind() == Kind::number; }
    bool is_string() const { return kind() == Kind::string; }
    bool is_array() const { return kind() == Kind::array; }
    bool is_object() const { return kind() == Kind::object; }

    /// Valid UTF-8; may hold U+0000, so mind the length. Only of a string.
    std::optional<std::string_view> string() const;

    /// Only of a number that was written without point and exponent and fits: neither `1.0` nor
    /// `1e3` is an integer here, as in draft 4 of JSON Schema. A value that is always whole is
    /// written whole by every sender we know.
    std::optional<std::int64_t> integer() const;

    /// The nearest double, always finite; below the smallest one it is zero. Only of a number.
    std::optional<double> number() const;

    std::optional<bool> boolean() const;

    /// A scalar as people would write it: a string's content, a number's own digits, `true` or
    /// `false`. None for null, arrays and objects. For senders that do not care whether a number
    /// stands in quotes.
    std::optional<std::string_view> scalar_text() const;

    /// Elements of an array, members of an object, else 0.
    std::size_t size() const;

    /// An array's element. Throws std::out_of_range where there is none, also when this is no
    /// array.
    View operator[](std::size_t index) const;

    /// An object's member. None too when this is no object. Linear in the number of members.
    std::optional<View> find(std::string_view key) const;

    /// Empty when this is no array.
    Elements elements() const;
    /// In the order received; empty when this is no object.
    Members members() const;

    /// JSON text, keys in the order received, UTF-8 unescaped, numbers digit by digit as they came
    /// (1759225684.16 and integers of any length stay what they are). Compact; with `indent` > 0
    /// one member a line.
    std::string dump(unsigned indent = 0) const;

private:
    friend struct Tree;
    friend class ElementIterator;
    friend class MemberIterator;
    friend class Document;
    View(const Tree* tree, std::uint32_t node) : tree_(tree), node_(node) {}

    const Tree* tree_;
    std::uint32_t node_;
};

struct Member {
    std::string_view key;
    View value;
};

class ElementIterator {
public:
    using value_type = View;
    using difference_type = std::ptrdiff_t;            // NOLINT(readability-identifier-naming)
    using iterator_concept = std::input_iterator_tag;  // NOLINT(readability-identifier-naming)

    View operator*() const;
    ElementIterator& operator++() {
        ++position_;
        return *this;
    }
    void operator++(int) { ++position_; }
    bool operator==(const ElementIterator&) const = default;

private:
    friend class Elements;
    ElementIterator(const Tree* tree, std::uint32_t position) : tree_(tree), position_(position) {}

    const Tree* tree_;
    std::uint32_t position_;
};

class MemberIterator {
public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;            // NOLINT(readability-identifier-naming)
    using iterator_concept = std::input_iterator_tag;  // NOLINT(readability-identifier-naming)

    Member operator*() const;
    MemberIterator& operator++() {
        ++position_;
        return *this;
    }
    void operator++(int) { ++position_; }
    bool operator==(const MemberIterator&) const = default;

private:
    friend class Members;
    MemberIterator(const Tree* tree, std::uint32_t position) : tree_(tree), position_(position) {}

    const Tree* tree_;
    std::uint32_t position_;
};

class Elements {
public:
    ElementIterator begin() const { return {tree_, first_}; }
    ElementIterator end() const { return {tree_, last_}; }

private:
    friend class View;
    Elements(const Tree* tree, std::uint32_t first, std::uint32_t last)
        : tree_(tree), first_(first), last_(last) {}

    const Tree* tree_;
    std::uint32_t first_;
    std::uint32_t last_;
};

class Members {
public:
    MemberIterator begin() const { return {tree_, first_}; }
    MemberIterator end() const { return {tree_, last_}; }

private:
    friend class View;
    Members(const Tree* tree, std::uint32_t first, std::uint32_t last)
        : tree_(tree), first_(first), last_(last) {}

    const Tree* tree_;
    std::uint32_t first_;
    std::uint32_t last_;
};

/// A parsed text, immutable. Owns its values; copies share them. A default one, and one moved from,
/// is `null`.
class Document {
public:
    View root() const;

private:
    friend base::Result<Document> parse(std::string_view text, const Limits& limits);

    std::shared_ptr<const Tree> tree_;
};

/// Strict RFC 8259; a byte order mark in front is skipped. The text is not needed afterwards.
/// - Errc::malformed, with `line 3, column 7: ...` (from 1, in characters): broken syntax, invalid
/// UTF-8, a lone
///   surrogate (`"\ud800"`: no text in any encoding), a number beyond the range of double.
/// - Errc::too_large: over a limit. Nothing is recursive, so that any limit is safe for the stack.
/// Of members with the same key the last one counts, the others vanish.
base::Result<Document> parse(std::string_view text, const Limits& limits = {});

}  // namespace trunkline::json
