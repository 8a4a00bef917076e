#include "json/reader.hpp"

#include <fmt/core.h>

#include <utility>

#include "pointer.hpp"

namespace trunkline::json {
namespace {

constexpr std::size_t max_problems = 100;

std::optional<std::string> as_string(View view) {
    const auto text = view.string();
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string> as_text(View view) {
    const auto text = view.scalar_text();
    return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::int64_t> as_integer(View view) { return view.integer(); }
std::optional<double> as_number(View view) { return view.number(); }
std::optional<bool> as_bool(View view) { return view.boolean(); }

constexpr std::string_view a_string = "a string";
constexpr std::string_view an_integer = "an integer";
constexpr std::string_view a_number = "a number";
constexpr std::string_view a_boolean = "true or false";
constexpr std::string_view a_scalar = "a string or a number";

}  // namespace

struct Reader::Problems {
    std::vector<base::FieldError> fields;
};

Reader::Reader(View root) : Reader(root, {}, std::make_shared<Problems>()) {
    if (!root.is_object()) {
        fail({}, fmt::format("must be an object, is {}", to_string(root.kind())));
    }
}

Reader::Reader(View value, std::string path, std::shared_ptr<Problems> problems)
    : value_(value), path_(std::move(path)), problems_(std::move(problems)) {}

void Reader::add(std::string path, std::string detail) {
    if (problems_->fields.size() < max_problems) {
        problems_->fields.push_back({.path = std::move(path), .detail = std::move(detail)});
    }
}

void Reader::fail(std::string_view key, std::string detail) {
    std::string path = path_;
    if (!key.empty()) {
        append_token(path, key);
    }
    add(std::move(path), std::move(detail));
}

void Reader::fail_kind(std::string_view key, std::string_view wanted, View found) {
    if (found.is_number() && wanted == an_integer) {
        fail(
            key,
            fmt::format("must be an integer of 64 bits, is {}", found.scalar_text().value_or(""))
        );
        return;
    }
    fail(key, fmt::format("must be {}, is {}", wanted, to_string(found.kind())));
}

std::optional<View> Reader::view(std::string_view key) const { return value_.find(key); }

std::optional<View> Reader::present(std::string_view key) const {
    const auto found = value_.find(key);
    return found && !found->is_null() ? found : std::nullopt;
}

std::optional<View> Reader::demanded(std::string_view key) {
    const auto found = value_.find(key);
    if (!found && value_.is_object()) {
        fail(key, "is missing");
    }
    return found;
}

template <class Value>
std::optional<Value> Reader::decoded(
    std::string_view key,
    std::optional<View> found,
    std::string_view wanted,
    std::optional<Value> (*decode)(View)
) {
    if (!found) {
        return std::nullopt;
    }
    std::optional<Value> value = decode(*found);
    if (!value) {
        fail_kind(key, wanted, *found);
    }
    return value;
}

std::string Reader::required_string(std::string_view key) {
    return decoded(key, demanded(key), a_string, as_string).value_or("");
}

std::optional<std::string> Reader::optional_string(std::string_view key) {
    return decoded(key, present(key), a_string, as_string);
}

std::int64_t Reader::required_integer(std::string_view key) {
    return decoded(key, demanded(key), an_integer, as_integer).value_or(0);
}

std::optional<std::int64_t> Reader::optional_integer(std::string_view key) {
    return decoded(key, present(key), an_integer, as_integer);
}

bool Reader::required_bool(std::string_view key) {
    return decoded(key, demanded(key), a_boolean, as_bool).value_or(false);
}

std::optional<bool> Reader::optional_bool(std::string_view key) {
    return decoded(key, present(key), a_boolean, as_bool);
}

double Reader::required_number(std::string_view key) {
    return decoded(key, demanded(key), a_number, as_number).value_or(0);
}

std::optional<double> Reader::optional_number(std::string_view key) {
    return decoded(key, present(key), a_number, as_number);
}

std::string Reader::required_text(std::string_view key) {
    return decoded(key, demanded(key), a_scalar, as_text).value_or("");
}

std::optional<std::string> Reader::optional_text(std::string_view key) {
    return decoded(key, present(key), a_scalar, as_text);
}

std::vector<std::string> Reader::string_list(std::string_view key) {
    std::vector<std::string> list;
    const auto found = present(key);
    if (!found) {
        return list;
    }
    if (!found->is_array()) {
        fail_kind(key, "an array of strings", *found);
        return list;
    }
    std::string base = path_;
    append_token(base, key);
    for (const View item : found->elements()) {
        const auto text = item.string();
        if (!text) {
            add(fmt::format("{}/{}", base, list.size()),
                fmt::format("must be a string, is {}", to_string(item.kind())));
        }
        list.emplace_back(text.value_or(""));
    }
    return list;
}

std::optional<Reader> Reader::object(std::string_view key) {
    const auto found = present(key);
    if (!found) {
        return std::nullopt;
    }
    if (!found->is_object()) {
        fail_kind(key, "an object", *found);
        return std::nullopt;
    }
    std::string path = path_;
    append_token(path, key);
    return Reader(*found, std::move(path), problems_);
}

std::optional<Reader> Reader::required_object(std::string_view key) {
    const auto found = demanded(key);
    if (found && found->is_null()) {
        fail_kind(key, "an object", *found);
        return std::nullopt;
    }
    return object(key);
}

void Reader::for_each(std::string_view key, const std::function<void(Reader&)>& decode) {
    const auto found = present(key);
    if (!found) {
        return;
    }
    if (!found->is_array()) {
        fail_kind(key, "an array of objects", *found);
        return;
    }
    std::string base = path_;
    append_token(base, key);
    std::size_t index = 0;
    for (const View item : found->elements()) {
        std::string path = fmt::format("{}/{}", base, index++);
        if (!item.is_object()) {
            add(std::move(path), fmt::format("must be an object, is {}", to_string(item.kind())));
            continue;
        }
        Reader inner(item, std::move(path), problems_);
        decode(inner);
    }
}

base::Result<> Reader::finish() const {
    const auto& fields = problems_->fields;
    if (fields.empty()) {
        return {};
    }
    const auto& first = fields.front();
    std::string detail =
        fmt::format("{}: {}", first.path.empty() ? "the body" : first.path, first.detail);
    if (fields.size() > 1) {
        detail += fmt::format(" (and {} more)", fields.size() - 1);
    }
    return std::unexpected(base::Error{
        .code = base::Errc::invalid_input,
        .detail = std::move(detail),
        .fields = fields,
        .native = {}
    });
}

}  // namespace trunkline::json
