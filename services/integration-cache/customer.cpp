#include "customer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr std::size_t longest_text = 300;
constexpr std::size_t longest_shared = 4096;
constexpr std::int64_t shared_version = 1;
/// Replicas' clocks differ a little.
constexpr auto clock_difference = std::chrono::seconds(60);
constexpr auto longest_life = std::chrono::hours(24);

std::optional<std::string> text_or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

struct PersonName {
    std::string last;
    std::string first;
    std::string middle;
};

PersonName take_apart(std::string_view name) {
    std::vector<std::string> words = base::split(name, ' ');
    std::erase_if(words, [](const auto& word) { return word.empty(); });
    PersonName out;
    if (words.size() == 1) {
        out.first = std::move(words[0]);
    } else if (words.size() == 2 || words.size() == 3) {
        out.last = std::move(words[0]);
        out.first = std::move(words[1]);
        out.middle = words.size() == 3 ? std::move(words[2]) : std::string();
    }
    return out;
}

}  // namespace

std::string tidy_text(std::string_view text) {
    std::string out = base::replace_invalid_utf8(text.substr(0, longest_text + 4));
    for (auto& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 0x20 || byte == 0x7F ? ' ' : c;
    }
    if (out.size() > longest_text) {
        auto end = longest_text;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80) {
            --end;
        }
        out.resize(end);
    }
    return std::string(base::trim(out));
}

std::string name_answer(const Customer& customer) {
    json::Writer writer;
    writer.begin_object().member("name", text_or_null(customer.display_name())).end_object();
    return writer.take();
}

std::string profile_answer(const Customer& customer) {
    const auto parts = take_apart(customer.name);
    json::Writer writer;
    writer.begin_object()
        .member("last_name", text_or_null(parts.last))
        .member("first_name", text_or_null(parts.first))
        .member("middle_name", text_or_null(parts.middle))
        .member("full_name", text_or_null(customer.name))
        .member("company", text_or_null(customer.company))
        .member("responsible_extension", text_or_null(customer.responsible_extension))
        .member("source", text_or_null(customer.source))
        .end_object();
    return writer.take();
}

std::optional<Customer> customer_from_connector(std::string_view json, std::string source) {
    const auto document = json::parse(json);
    if (!document || !document->root().is_object()) {
        return std::nullopt;
    }
    json::Reader reader(document->root());
    const auto found = reader.optional_bool("found");
    if (!found) {
        return std::nullopt;
    }
    Customer customer;
    if (!*found) {
        return customer;
    }
    customer.name = tidy_text(reader.optional_string("name").value_or(""));
    customer.company = tidy_text(reader.optional_string("company").value_or(""));
    if (auto responsible = reader.object("responsible")) {
        customer.responsible_extension =
            tidy_text(responsible->optional_text("extension").value_or(""));
    }
    if (!customer.is_known()) {
        return Customer{};
    }
    customer.source = std::move(source);
    return customer;
}

std::string encode_shared(
    const SharedCustomer& shared, std::string_view enterprise, std::string_view phone
) {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    json::Writer writer;
    writer.begin_object()
        .member("v", shared_version)
        .member("enterprise", enterprise)
        .member("phone", phone)
        .member("at", duration_cast<milliseconds>(shared.filled.time_since_epoch()).count())
        .member("life", shared.life.count())
        .member("name", shared.customer.name)
        .member("company", shared.customer.company)
        .member("extension", shared.customer.responsible_extension)
        .member("source", shared.customer.source)
        .end_object();
    return writer.take();
}

std::optional<SharedCustomer> decode_shared(
    std::string_view text, std::string_view enterprise, std::string_view phone, base::WallTime now
) {
    const auto document = json::parse(text, {.max_bytes = longest_shared, .max_depth = 2});
    if (!document) {
        return std::nullopt;
    }
    json::Reader reader(document->root());
    const bool is_ours = reader.required_integer("v") == shared_version &&
                         reader.required_string("enterprise") == enterprise &&
                         reader.required_string("phone") == phone;
    const auto at = reader.required_integer("at");
    const auto life = reader.required_integer("life");
    SharedCustomer out;
    out.customer.name = tidy_text(reader.required_string("name"));
    out.customer.company = tidy_text(reader.required_string("company"));
    out.customer.responsible_extension = tidy_text(reader.required_string("extension"));
    out.customer.source = tidy_text(reader.required_string("source"));
    const auto latest = std::chrono::duration_cast<std::chrono::milliseconds>(
        (now + clock_difference).time_since_epoch()
    );
    const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(longest_life);
    if (!is_ours || !reader.finish() || at < 0 || at > latest.count() || life < 0 ||
        life > longest.count()) {
        return std::nullopt;
    }
    out.filled = base::WallTime(std::chrono::milliseconds(at));
    out.life = std::chrono::milliseconds(life);
    return out;
}

}  // namespace trunkline::integration_cache
