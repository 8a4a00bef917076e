#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::json {

/// Decodes an object into a struct and collects every error on the way, each with its place as a
/// JSON Pointer, so that a sender can mend all of them at once. What cannot be read comes back as
/// an empty value; look at finish() before use. A member that is null counts as absent. Unknown
/// members are tolerated.
///
/// Readers of inner objects share the list of errors: finish() of the outermost tells all. Borrows
/// from the Document.
class Reader {
public:
    /// A root that is no object is one error; the getters then stay silent.
    explicit Reader(View root);

    std::string required_string(std::string_view key);
    std::optional<std::string> optional_string(std::string_view key);
    /// For View::integer()'s idea of an integer.
    std::int64_t required_integer(std::string_view key);
    std::optional<std::int64_t> optional_integer(std::string_view key);
    bool required_bool(std::string_view key);
    std::optional<bool> optional_bool(std::string_view key);
    double required_number(std::string_view key);
    std::optional<double> optional_number(std::string_view key);
    /// Any scalar as text (View::scalar_text): `"CallType": 0` and `"CallType": "0"` are the same.
    /// Arrays and objects are errors.
    std::string required_text(std::string_view key);
    std::optional<std::string> optional_text(std::string_view key);
    /// An array of strings; absent gives an empty one.
    std::vector<std::string> string_list(std::string_view key);

    /// None if absent, and if it is no object (which is an error).
    std::optional<Reader> object(std::string_view key);
    /// As object(), but absence is an error too.
    std::optional<Reader> required_object(std::string_view key);
    /// Calls `decode` for each object of an array; an element of another kind is an error. Absent:
    /// no calls.
    void for_each(std::string_view key, const std::function<void(Reader&)>& decode);
    /// The member as it is, null included.
    std::optional<View> view(std::string_view key) const;

    /// Adds an error of the caller's own at `key`, or at the object itself when `key` is empty.
    void fail(std::string_view key, std::string detail);

    /// This object's own place; empty for the root.
    const std::string& path() const { return path_; }

    /// Errc::invalid_input with all fields, at most 100 of them. `detail` is the first one in
    /// words.
    base::Result<> finish() const;

private:
    struct Problems;
    Reader(View value, std::string path, std::shared_ptr<Problems> problems);

    std::optional<View> present(std::string_view key) const;
    std::optional<View> demanded(std::string_view key);
    void fail_kind(std::string_view key, std::string_view wanted, View found);
    void add(std::string path, std::string detail);
    template <class Value>
    std::optional<Value> decoded(
        std::string_view key,
        std::optional<View> found,
        std::string_view wanted,
        std::optional<Value> (*decode)(View)
    );

    View value_;
    std::string path_;
    std::shared_ptr<Problems> problems_;
};

}  // namespace trunkline::json
