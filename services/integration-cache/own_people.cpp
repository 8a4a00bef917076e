#include "own_people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr std::size_t longest_name = 300;
constexpr std::size_t longest_email = 254;
constexpr std::size_t longest_extension = 64;
constexpr std::size_t longest_note = 4000;
constexpr std::size_t longest_id = 64;
constexpr std::size_t most_numbers = 20;
constexpr std::size_t most_imported = 20'000;

bool has_control(std::string_view text, bool may_have_lines) {
    return std::ranges::any_of(text, [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_line = may_have_lines && (c == '\n' || c == '\r' || c == '\t');
        return (byte < 0x20 && !is_line) || byte == 0x7F;
    });
}

// Each says what is wrong with a value that is not empty; "" if nothing is.

std::string fault_of_line(std::string_view text, std::size_t longest) {
    if (has_control(text, false)) {
        return "must be one line of text";
    }
    return text.size() > longest ? fmt::format("has more than {} bytes", longest) : std::string();
}

std::string fault_of_name(std::string_view text) { return fault_of_line(text, longest_name); }

std::string fault_of_email(std::string_view text) {
    const auto at = text.find('@');
    const bool is_one = !text.empty() && at != std::string_view::npos && at > 0 &&
                        at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
                        text.find(' ') == std::string_view::npos;
    return is_one || text.empty() ? fault_of_line(text, longest_email)
                                  : fmt::format("\"{}\" is no e-mail address", text);
}

std::string fault_of_extension(std::string_view text) {
    return text.find(' ') != std::string_view::npos ? fmt::format("\"{}\" holds a blank", text)
                                                    : fault_of_line(text, longest_extension);
}

std::string fault_of_note(std::string_view text) {
    if (has_control(text, true)) {
        return "holds control characters";
    }
    return text.size() > longest_note ? fmt::format("has more than {} bytes", longest_note)
                                      : std::string();
}

/// Nothing: the text is no outside number.
std::optional<OwnNumber> number_of(const tenants::Enterprise& enterprise, std::string_view text) {
    if (!enterprise.numbers) {
        return std::nullopt;
    }
    const auto identity = enterprise.numbers->identify(text);
    const bool is_outside =
        identity.kind == numbers::Kind::external || identity.kind == numbers::Kind::service;
    if (!is_outside || identity.key.empty()) {
        return std::nullopt;
    }
    return OwnNumber{identity.key, identity.canonical};
}

using Fault = std::string (*)(std::string_view);

/// A text member by the rules of read_contact().
std::optional<std::string> take(
    json::Reader& reader, std::string_view key, bool is_whole, Fault fault
) {
    if (!is_whole && !reader.view(key)) {
        return std::nullopt;
    }
    std::string text(base::trim(reader.optional_text(key).value_or("")));
    if (auto wrong = fault(text); !wrong.empty()) {
        reader.fail(key, std::move(wrong));
    }
    return text;
}

std::optional<std::vector<OwnNumber>> take_numbers(
    json::Reader& reader, const tenants::Enterprise& enterprise, bool is_whole
) {
    if (!is_whole && !reader.view("phones")) {
        return std::nullopt;
    }
    std::vector<OwnNumber> out;
    const auto texts = reader.string_list("phones");
    if (texts.size() > most_numbers) {
        reader.fail("phones", fmt::format("are more than {}", most_numbers));
    }
    for (std::size_t i = 0; i < std::min(texts.size(), most_numbers); ++i) {
        auto number = number_of(enterprise, texts[i]);
        if (!number) {
            const auto shown = base::trim(texts[i]).substr(0, longest_extension);
            reader.fail(
                "phones", fmt::format("number {}: \"{}\" is no outside number", i + 1, shown)
            );
        } else if (std::ranges::find(out, number->key, &OwnNumber::key) == out.end()) {
            out.push_back(std::move(*number));
        }
    }
    return out;
}

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// ---- CSV

enum Place : std::size_t {
    name_place,
    company_place,
    phone_place,
    phone2_place,
    phone3_place,
    email_place,
    responsible_place,
    note_place
};

const std::vector<csv::Column>& import_columns() {
    static const std::vector<csv::Column> columns{
        {"name", {"full name", "contact", "имя", "клиент", "контакт", "фио"}, false},
        {"company", {"organization", "фирма", "организация", "компания"}, false},
        {"phone", {"phone1", "tel", "номер телефона", "номер", "телефон 1", "телефон"}, true},
        {"phone2", {"phone 2", "второй телефон", "телефон2", "телефон 2"}, false},
        {"phone3", {"phone 3", "третий телефон", "телефон3", "телефон 3"}, false},
        {"email", {"e-mail", "mail", "электронная почта", "эл. почта", "почта"}, false},
        {"responsible", {"manager", "extension", "добавочный", "менеджер", "ответственный"}, false},
        {"note", {"comment", "комментарий", "примечание"}, false}
    };
    return columns;
}

/// A cell may hold several, separated by commas.
std::string add_numbers(
    const tenants::Enterprise& enterprise,
    const char* column,
    const std::string& cell,
    std::vector<OwnNumber>& out
) {
    for (const auto& text : base::split(cell, ',')) {
        if (text.empty()) {
            continue;
        }
        auto number = number_of(enterprise, text);
        if (!number) {
            return fmt::format(
                "{}: \"{}\" is no outside number", column, text.substr(0, longest_extension)
            );
        }
        if (std::ranges::find(out, number->key, &OwnNumber::key) == out.end()) {
            out.push_back(std::move(*number));
        }
    }
    return out.size() > most_numbers ? fmt::format("has more than {} numbers", most_numbers)
                                     : std::string();
}

/// "" : `contact` is made of the line.
std::string fill(
    const tenants::Enterprise& enterprise, const csv::Line& line, ImportedContact& contact
) {
    const auto& values = line.values;
    contact.line = line.number;
    contact.name = values[name_place];
    contact.company = values[company_place];
    contact.email = values[email_place];
    contact.responsible = values[responsible_place];
    contact.note = values[note_place];
    for (const auto place : {phone_place, phone2_place, phone3_place}) {
        auto fault =
            add_numbers(enterprise, import_columns()[place].name, values[place], contact.numbers);
        if (!fault.empty()) {
            return fault;
        }
    }
    if (contact.numbers.empty()) {
        return "phone is empty";
    }
    if (contact.name.empty() && contact.company.empty()) {
        return "name and company are both empty";
    }
    struct Check {
        Place place;
        Fault fault;
    };
    for (const auto& [place, fault] :
         {Check{name_place, fault_of_name},
          Check{company_place, fault_of_name},
          Check{email_place, fault_of_email},
          Check{responsible_place, fault_of_extension},
          Check{note_place, fault_of_note}}) {
        if (auto wrong = fault(values[place]); !wrong.empty()) {
            return fmt::format("{} {}", import_columns()[place].name, wrong);
        }
    }
    return {};
}

}  // namespace

bool is_own_id(std::string_view text) {
    return !text.empty() && text.size() <= longest_id && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '_' || c == '~' || c == '-';
    });
}

base::Result<ContactChange> read_contact(
    json::View body, const tenants::Enterprise& enterprise, bool is_whole
) {
    json::Reader reader(body);
    ContactChange change;
    change.name = take(reader, "name", is_whole, fault_of_name);
    change.company_id = take(reader, "company_id", is_whole, fault_of_extension);
    change.company = take(reader, "company", is_whole, fault_of_name);
    change.numbers = take_numbers(reader, enterprise, is_whole);
    change.email = take(reader, "email", is_whole, fault_of_email);
    change.responsible = take(reader, "responsible", is_whole, fault_of_extension);
    change.note = take(reader, "note", is_whole, fault_of_note);
    if (const auto read = reader.finish(); !read) {
        return std::unexpected(read.error());
    }
    return change;
}

base::Result<CompanyChange> read_company(json::View body, bool is_whole) {
    json::Reader reader(body);
    CompanyChange change;
    change.name = take(reader, "name", is_whole, fault_of_name);
    if (change.name && change.name->empty()) {
        reader.fail("name", "must not be empty");
    }
    change.responsible = take(reader, "responsible", is_whole, fault_of_extension);
    change.note = take(reader, "note", is_whole, fault_of_note);
    if (const auto read = reader.finish(); !read) {
        return std::unexpected(read.error());
    }
    return change;
}

void write(json::Writer& writer, const OwnContact& contact) {
    writer.begin_object()
        .member("id", contact.id)
        .member("name", contact.name)
        .member("company", text_or_null(contact.company))
        .member("company_id", text_or_null(contact.company_id))
        .member("phones", contact.numbers)
        .member("email", text_or_null(contact.email))
        .member("responsible", text_or_null(contact.responsible))
        .member("note", text_or_null(contact.note))
        .member("created_at", base::format_iso8601(contact.created_at))
        .member("updated_at", base::format_iso8601(contact.updated_at))
        .end_object();
}

void write(json::Writer& writer, const OwnCompany& company) {
    writer.begin_object()
        .member("id", company.id)
        .member("name", company.name)
        .member("responsible", text_or_null(company.responsible))
        .member("note", text_or_null(company.note))
        .member("created_at", base::format_iso8601(company.created_at))
        .member("updated_at", base::format_iso8601(company.updated_at))
        .end_object();
}

base::Result<ContactImport> read_import(
    std::string_view text, const tenants::Enterprise& enterprise
) {
    auto table = csv::read_table(import_columns(), text);
    if (!table) {
        return std::unexpected(table.error());
    }
    if (table->lines.size() > most_imported) {
        return base::fail(
            base::Errc::too_large, fmt::format("the file has more than {} contacts", most_imported)
        );
    }
    ContactImport import{
        .contacts = {}, .bad = std::move(table->bad), .ignored = std::move(table->ignored)
    };
    std::map<std::string, std::size_t> seen;
    for (const auto& line : table->lines) {
        ImportedContact contact;
        auto fault = fill(enterprise, line, contact);
        for (const auto& number : contact.numbers) {
            const auto [earlier, is_first] = seen.try_emplace(number.key, line.number);
            if (!is_first && earlier->second != line.number && fault.empty()) {
                fault = fmt::format("{} stands in line {} already", number.number, earlier->second);
            }
        }
        if (fault.empty()) {
            import.contacts.push_back(std::move(contact));
        } else {
            import.bad.push_back({line.number, std::move(fault)});
        }
    }
    std::ranges::sort(import.bad, {}, &csv::BadLine::line);
    return import;
}

}  // namespace trunkline::integration_cache
