#include "own_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "crypto/encoding.hpp"
#include "own_sql.hpp"

namespace trunkline::integration_cache {
namespace {

using Mode = OwnStore::Mode;
template <class One>
using Kept = OwnStore::Kept<One>;

constexpr auto contact_sql =
    "SELECT c.id, c.name, coalesce(c.company_id, '') AS company_id, coalesce(o.name, '') AS "
    "company, c.email, c.responsible, c.note, c.created_at, c.updated_at, "
    "ARRAY(SELECT n.number FROM own_contact_numbers n WHERE n.enterprise_number = "
    "c.enterprise_number AND n.contact_id = c.id ORDER BY n.place, n.phone) AS numbers "
    "FROM own_contacts c LEFT JOIN own_companies o ON o.enterprise_number = c.enterprise_number "
    "AND o.id = c.company_id WHERE c.enterprise_number = $1 ";

constexpr auto company_sql =
    "SELECT o.id, o.name, o.responsible, o.note, o.created_at, o.updated_at FROM own_companies o "
    "WHERE o.enterprise_number = $1 ";

OwnContact contact_of(const pg::Row& row) {
    OwnContact contact;
    contact.id = row.text("id");
    contact.name = row.text("name");
    contact.company_id = row.text("company_id");
    contact.company = row.text("company");
    contact.numbers = row.text_array("numbers");
    contact.email = row.text("email");
    contact.responsible = row.text("responsible");
    contact.note = row.text("note");
    contact.created_at = row.time("created_at");
    contact.updated_at = row.time("updated_at");
    return contact;
}

OwnCompany company_of(const pg::Row& row) {
    OwnCompany company;
    company.id = row.text("id");
    company.name = row.text("name");
    company.responsible = row.text("responsible");
    company.note = row.text("note");
    company.created_at = row.time("created_at");
    company.updated_at = row.time("updated_at");
    return company;
}

std::unexpected<base::Error> no_such(const char* what, const std::string& id) {
    return base::fail(base::Errc::not_found, fmt::format("there is no {} \"{}\"", what, id));
}

std::unexpected<base::Error> wrong(base::Errc code, std::vector<base::FieldError> fields) {
    auto error = base::fail(code, fields.front().path.substr(1) + ": " + fields.front().detail);
    error.error().fields = std::move(fields);
    return error;
}

// ---- Lists go by name and id; a cursor is the last of both.

struct After {
    std::string name;
    std::string id;
};

std::string cursor_of(const std::string& name, const std::string& id) {
    return crypto::base64url_encode(id + "\n" + name);
}

base::Result<std::optional<After>> after_of(const OwnPage& page) {
    if (!page.cursor) {
        return std::optional<After>();
    }
    const auto text = crypto::base64url_decode(*page.cursor);
    const auto end = text ? text->find('\n') : std::string::npos;
    if (end == std::string::npos || !base::is_valid_utf8(*text)) {
        return base::fail(base::Errc::invalid_input, "cursor: is none that this list gave");
    }
    return std::optional(After{text->substr(end + 1), text->substr(0, end)});
}

std::optional<std::string> name_of(const std::optional<After>& after) {
    return after ? std::optional(after->name) : std::nullopt;
}
std::optional<std::string> id_of(const std::optional<After>& after) {
    return after ? std::optional(after->id) : std::nullopt;
}

template <class One>
std::string page_of(const pg::Rows& rows, const OwnPage& page, One (*one_of)(const pg::Row&)) {
    const auto shown = std::min(rows.size(), static_cast<std::size_t>(page.limit));
    std::optional<std::string> next;
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < shown; ++i) {
        const auto one = one_of(rows[i]);
        write(writer, one);
        if (i + 1 == shown && rows.size() > shown) {
            next = cursor_of(one.name, one.id);
        }
    }
    return writer.end_array().member("next", next).end_object().take();
}

/// For LIKE, anywhere in the text.
std::optional<std::string> pattern_of(const std::optional<std::string>& words) {
    const std::string text(base::trim(words.value_or("")));
    if (text.empty()) {
        return std::nullopt;
    }
    std::string out = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "%";
}

/// Part of a number, if the words look like one.
std::optional<std::string> digits_pattern_of(const std::optional<std::string>& words) {
    const auto text = words.value_or("");
    const bool is_number = text.find_first_not_of("0123456789 ()+-.") == std::string::npos;
    const auto digits = base::digits_of(text);
    return is_number && digits.size() >= 3 ? std::optional("%" + digits + "%") : std::nullopt;
}

// ---- One contact

struct ContactWork {
    std::string enterprise;
    std::string id;
    ContactChange change;
    Mode mode;
};

asio::awaitable<base::Result<OwnContact>> find_contact(
    pg::Session& session, std::string enterprise, std::string id
) {
    const auto rows = co_await session.execute(
        std::string(contact_sql) + "AND c.id = $2", pg::Params::of(enterprise, id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return no_such("contact", id);
    }
    co_return contact_of(rows->front());
}

/// The id of the company that the change wants, "" for none; `now` is that of the contact.
asio::awaitable<base::Result<std::string>> company_for(
    pg::Session& session, const ContactWork& work, std::string now
) {
    const auto& change = work.change;
    if (change.company_id && !change.company_id->empty()) {
        const auto rows = co_await session.execute(
            "SELECT 1 FROM own_companies WHERE enterprise_number = $1 AND id = $2",
            pg::Params::of(work.enterprise, *change.company_id)
        );
        if (!rows) {
            co_return std::unexpected(rows.error());
        }
        if (rows->empty()) {
            co_return wrong(
                base::Errc::invalid_input, {{"/company_id", "there is no such company"}}
            );
        }
        co_return *change.company_id;
    }
    if (change.company && !change.company->empty()) {
        const auto rows = co_await session.execute(
            own_sql::company_by_name,
            pg::Params::of(work.enterprise, base::make_uuid(), *change.company)
        );
        if (!rows) {
            co_return std::unexpected(rows.error());
        }
        co_return std::string(rows->front().text(0));
    }
    co_return change.company_id || change.company ? std::string() : std::move(now);
}

asio::awaitable<base::Result<>> check_numbers(pg::Session& session, const ContactWork& work) {
    if (!work.change.numbers) {
        co_return base::Result<>{};
    }
    const auto& numbers = *work.change.numbers;
    std::vector<std::string> keys;
    keys.reserve(numbers.size());
    for (const auto& number : numbers) {
        keys.push_back(number.key);
    }
    const auto rows = co_await session.execute(
        "SELECT n.phone, n.contact_id FROM own_contact_numbers n WHERE n.enterprise_number = $1 "
        "AND n.phone = ANY ($2::text[]) AND n.contact_id <> $3",
        pg::Params::of(work.enterprise, keys, work.id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<base::FieldError> taken;
    for (const auto& row : *rows) {
        const auto place = std::ranges::find(keys, row.text(0)) - keys.begin();
        const auto& number = numbers[static_cast<std::size_t>(place)].number;
        taken.push_back(
            {"/phones", fmt::format("{} belongs to the contact {}", number, row.text(1))}
        );
    }
    if (!taken.empty()) {
        co_return wrong(base::Errc::conflict, std::move(taken));
    }
    co_return base::Result<>{};
}

std::vector<pg::Query> writes_of(const ContactWork& work, const OwnContact& contact) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"INSERT INTO own_contacts AS c (enterprise_number, id, name, company_id, email, "
         "responsible, note) VALUES ($1, $2, $3, nullif($4, ''), $5, $6, $7) "
         "ON CONFLICT (enterprise_number, id) DO UPDATE SET name = excluded.name, company_id = "
         "excluded.company_id, email = excluded.email, responsible = excluded.responsible, note = "
         "excluded.note, updated_at = now()",
         pg::Params::of(
             work.enterprise,
             contact.id,
             contact.name,
             contact.company_id,
             contact.email,
             contact.responsible,
             contact.note
         )}
    );
    if (!work.change.numbers) {
        return queries;
    }
    std::vector<std::string> keys;
    std::vector<std::string> numbers;
    for (const auto& number : *work.change.numbers) {
        keys.push_back(number.key);
        numbers.push_back(number.number);
    }
    queries.push_back(
        {"DELETE FROM own_contact_numbers WHERE enterprise_number = $1 AND contact_id = $2 AND "
         "phone <> ALL ($3::text[])",
         pg::Params::of(work.enterprise, contact.id, keys)}
    );
    queries.push_back(
        {"INSERT INTO own_contact_numbers (enterprise_number, phone, contact_id, number, place) "
         "SELECT $1, n.phone, $2, n.number, n.place FROM unnest($3::text[], $4::text[]) WITH "
         "ORDINALITY AS n(phone, number, place) ON CONFLICT (enterprise_number, phone) DO UPDATE "
         "SET number = excluded.number, place = excluded.place",
         pg::Params::of(work.enterprise, contact.id, keys, numbers)}
    );
    return queries;
}

asio::awaitable<base::Result<Kept<OwnContact>>> keep_contact_in(
    pg::Session& session, std::shared_ptr<const ContactWork> work
) {
    const auto locked = co_await session.execute(own_sql::lock, pg::Params::of(work->enterprise));
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    auto found = co_await find_contact(session, work->enterprise, work->id);
    const bool is_new = !found && found.error().code == base::Errc::not_found;
    if (!found && (!is_new || work->mode == Mode::patch)) {
        co_return std::unexpected(found.error());
    }
    auto contact = found ? std::move(*found) : OwnContact{};
    contact.id = work->id;
    const auto& change = work->change;
    contact.name = change.name.value_or(contact.name);
    contact.email = change.email.value_or(contact.email);
    contact.responsible = change.responsible.value_or(contact.responsible);
    contact.note = change.note.value_or(contact.note);
    const auto company = co_await company_for(session, *work, contact.company_id);
    if (!company) {
        co_return std::unexpected(company.error());
    }
    contact.company_id = *company;
    if (contact.name.empty() && contact.company_id.empty()) {
        co_return wrong(
            base::Errc::invalid_input, {{"/name", "must not be empty without a company"}}
        );
    }
    if (change.numbers) {
        const auto free = co_await check_numbers(session, *work);
        if (!free) {
            co_return std::unexpected(free.error());
        }
    }
    const auto written = co_await session.pipeline(writes_of(*work, contact));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    auto kept = co_await find_contact(session, work->enterprise, work->id);
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    co_return Kept<OwnContact>{std::move(*kept), is_new};
}

// ---- One company

struct CompanyWork {
    std::string enterprise;
    std::string id;
    CompanyChange change;
    Mode mode;
};

asio::awaitable<base::Result<OwnCompany>> find_company(
    pg::Session& session, std::string enterprise, std::string id
) {
    const auto rows = co_await session.execute(
        std::string(company_sql) + "AND o.id = $2", pg::Params::of(enterprise, id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return no_such("company", id);
    }
    co_return company_of(rows->front());
}

asio::awaitable<base::Result<Kept<OwnCompany>>> keep_company_in(
    pg::Session& session, std::shared_ptr<const CompanyWork> work
) {
    const auto locked = co_await session.execute(own_sql::lock, pg::Params::of(work->enterprise));
    if (!locked) {
        co_return std::unexpected(locked.error());
    }
    auto found = co_await find_company(session, work->enterprise, work->id);
    const bool is_new = !found && found.error().code == base::Errc::not_found;
    if (!found && (!is_new || work->mode == Mode::patch)) {
        co_return std::unexpected(found.error());
    }
    auto company = found ? std::move(*found) : OwnCompany{};
    const auto written = co_await session.execute(
        "INSERT INTO own_companies (enterprise_number, id, name, responsible, note) VALUES ($1, "
        "$2, $3, $4, $5) ON CONFLICT (enterprise_number, id) DO UPDATE SET name = excluded.name, "
        "responsible = excluded.responsible, note = excluded.note, updated_at = now()",
        pg::Params::of(
            work->enterprise,
            work->id,
            work->change.name.value_or(company.name),
            work->change.responsible.value_or(company.responsible),
            work->change.note.value_or(company.note)
        )
    );
    if (!written) {
        if (written.error().code == base::Errc::conflict) {
            co_return wrong(
                base::Errc::conflict, {{"/name", "is that of another company already"}}
            );
        }
        co_return std::unexpected(written.error());
    }
    auto kept = co_await find_company(session, work->enterprise, work->id);
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    co_return Kept<OwnCompany>{std::move(*kept), is_new};
}

}  // namespace

asio::awaitable<base::Result<std::string>> OwnStore::contacts(
    std::string enterprise, ContactFilter filter
) {
    const auto after = after_of(filter.page);
    if (!after) {
        co_return std::unexpected(after.error());
    }
    const auto rows = co_await pool_.execute(
        std::string(contact_sql) +
            "AND ($2::text IS NULL OR EXISTS (SELECT 1 FROM own_contact_numbers n WHERE "
            "n.enterprise_number = $1 AND n.phone = $2 AND n.contact_id = c.id)) "
            "AND ($3::text IS NULL OR c.company_id = $3) "
            "AND ($4::text IS NULL OR lower(concat_ws(E'\\n', c.name, o.name, c.email, c.note) "
            "COLLATE \"und-x-icu\") LIKE lower($4 COLLATE \"und-x-icu\") "
            "OR EXISTS (SELECT 1 FROM own_contact_numbers n WHERE n.enterprise_number = $1 AND "
            "n.contact_id = c.id AND n.phone LIKE $5)) "
            "AND ($6::text IS NULL OR (c.name COLLATE \"und-x-icu\", c.id) > ($6, $7)) "
            "ORDER BY c.name COLLATE \"und-x-icu\", c.id LIMIT $8",
        pg::Params::of(
            enterprise,
            filter.phone,
            filter.company_id,
            pattern_of(filter.words),
            digits_pattern_of(filter.words),
            name_of(*after),
            id_of(*after),
            filter.page.limit + 1
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return page_of(*rows, filter.page, contact_of);
}

asio::awaitable<base::Result<std::string>> OwnStore::companies(
    std::string enterprise, CompanyFilter filter
) {
    const auto after = after_of(filter.page);
    if (!after) {
        co_return std::unexpected(after.error());
    }
    const auto rows = co_await pool_.execute(
        std::string(company_sql) +
            "AND ($2::text IS NULL OR lower(concat_ws(E'\\n', o.name, o.note) COLLATE "
            "\"und-x-icu\") LIKE lower($2 COLLATE \"und-x-icu\")) "
            "AND ($3::text IS NULL OR (o.name COLLATE \"und-x-icu\", o.id) > ($3, $4)) "
            "ORDER BY o.name COLLATE \"und-x-icu\", o.id LIMIT $5",
        pg::Params::of(
            enterprise,
            pattern_of(filter.words),
            name_of(*after),
            id_of(*after),
            filter.page.limit + 1
        )
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return page_of(*rows, filter.page, company_of);
}

asio::awaitable<base::Result<OwnContact>> OwnStore::contact(
    std::string enterprise, std::string id
) {
    auto session = co_await pool_.acquire();
    if (!session) {
        co_return std::unexpected(session.error());
    }
    auto found = co_await find_contact(*session, std::move(enterprise), std::move(id));
    co_return found;
}

asio::awaitable<base::Result<OwnCompany>> OwnStore::company(
    std::string enterprise, std::string id
) {
    auto session = co_await pool_.acquire();
    if (!session) {
        co_return std::unexpected(session.error());
    }
    auto found = co_await find_company(*session, std::move(enterprise), std::move(id));
    co_return found;
}

asio::awaitable<base::Result<Kept<OwnContact>>> OwnStore::keep_contact(
    std::string enterprise, std::string id, ContactChange change, Mode mode
) {
    const auto work = std::make_shared<const ContactWork>(
        ContactWork{std::move(enterprise), std::move(id), std::move(change), mode}
    );
    std::function<asio::awaitable<base::Result<Kept<OwnContact>>>(pg::Session&)> body =
        [work](pg::Session& session) { return keep_contact_in(session, work); };
    auto kept = co_await pool_.transaction<Kept<OwnContact>>(std::move(body));
    co_return kept;
}

asio::awaitable<base::Result<Kept<OwnCompany>>> OwnStore::keep_company(
    std::string enterprise, std::string id, CompanyChange change, Mode mode
) {
    const auto work = std::make_shared<const CompanyWork>(
        CompanyWork{std::move(enterprise), std::move(id), std::move(change), mode}
    );
    std::function<asio::awaitable<base::Result<Kept<OwnCompany>>>(pg::Session&)> body =
        [work](pg::Session& session) { return keep_company_in(session, work); };
    auto kept = co_await pool_.transaction<Kept<OwnCompany>>(std::move(body));
    co_return kept;
}

asio::awaitable<base::Result<>> OwnStore::remove_contact(std::string enterprise, std::string id) {
    const auto rows = co_await pool_.execute(
        "DELETE FROM own_contacts WHERE enterprise_number = $1 AND id = $2",
        pg::Params::of(enterprise, id)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->affected() == 0) {
        co_return no_such("contact", id);
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> OwnStore::remove_company(std::string enterprise, std::string id) {
    std::vector<pg::Query> queries;
    queries.push_back({own_sql::lock, pg::Params::of(enterprise)});
    queries.push_back(
        {"UPDATE own_contacts c SET name = o.name, updated_at = now() FROM own_companies o WHERE "
         "o.enterprise_number = $1 AND o.id = $2 AND c.enterprise_number = $1 AND c.company_id = "
         "$2 AND c.name = ''",
         pg::Params::of(enterprise, id)}
    );
    queries.push_back(
        {"DELETE FROM own_companies WHERE enterprise_number = $1 AND id = $2",
         pg::Params::of(enterprise, id)}
    );
    const auto done = co_await pool_.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    if (done->back().affected() == 0) {
        co_return no_such("company", id);
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::optional<Customer>>> OwnStore::customer_of(
    std::string enterprise, std::string phone, net::Deadline deadline
) {
    auto params = pg::Params::of(enterprise, phone);
    const auto rows = co_await pool_.execute(
        "SELECT c.name, coalesce(o.name, '') AS company, coalesce(nullif(c.responsible, ''), "
        "o.responsible, '') AS responsible FROM own_contact_numbers n JOIN own_contacts c ON "
        "c.enterprise_number = n.enterprise_number AND c.id = n.contact_id LEFT JOIN own_companies "
        "o ON o.enterprise_number = c.enterprise_number AND o.id = c.company_id WHERE "
        "n.enterprise_number = $1 AND n.phone = $2",
        std::move(params),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<Customer>();
    }
    Customer customer;
    customer.name = tidy_text(rows->front().text("name"));
    customer.company = tidy_text(rows->front().text("company"));
    customer.responsible_extension = tidy_text(rows->front().text("responsible"));
    customer.source = "own";
    co_return std::optional(std::move(customer));
}

}  // namespace trunkline::integration_cache
