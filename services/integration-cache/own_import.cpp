#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/ids.hpp"
#include "own_sql.hpp"
#include "own_store.hpp"

namespace trunkline::integration_cache {
namespace {

using Imported = OwnStore::Imported;

struct ImportWork {
    std::string enterprise;
    ContactImport import;
    OwnStore::ImportHow how;
};

/// Which contact each number belongs to.
using Owners = std::map<std::string, std::string, std::less<>>;

/// A line and the contact that it makes or changes.
struct Place {
    const ImportedContact* contact;
    std::string id;
    bool is_new;
};

/// Lines that fit to what is known already; the others are added to `bad`.
std::vector<Place> places_of(
    const ImportWork& work, const Owners& owners, std::vector<csv::BadLine>& bad
) {
    std::vector<Place> places;
    std::map<std::string, std::size_t> taken;
    for (const auto& contact : work.import.contacts) {
        std::vector<std::string> ids;
        for (const auto& number : contact.numbers) {
            const auto owner = owners.find(number.key);
            if (owner != owners.end() && std::ranges::find(ids, owner->second) == ids.end()) {
                ids.push_back(owner->second);
            }
        }
        if (ids.size() > 1) {
            bad.push_back(
                {contact.line,
                 fmt::format("its numbers belong to the contacts {} and {}", ids[0], ids[1])}
            );
            continue;
        }
        const bool is_new = ids.empty();
        auto id = is_new ? base::make_uuid() : std::move(ids.front());
        const auto [earlier, is_first] = taken.try_emplace(id, contact.line);
        if (is_first) {
            places.push_back({&contact, std::move(id), is_new});
        } else {
            bad.push_back(
                {contact.line, fmt::format("is the same contact as line {}", earlier->second)}
            );
        }
    }
    std::ranges::sort(bad, {}, &csv::BadLine::line);
    return places;
}

std::unexpected<base::Error> refused(const std::vector<csv::BadLine>& bad) {
    auto error = base::fail(
        base::Errc::invalid_input,
        fmt::format("{} of the file's lines are bad, so nothing is imported", bad.size())
    );
    for (const auto& one : bad) {
        error.error().fields.push_back({fmt::format("line {}", one.line), one.detail});
    }
    return error;
}

pg::Query owners_query(const ImportWork& work) {
    std::vector<std::string> keys;
    for (const auto& contact : work.import.contacts) {
        for (const auto& number : contact.numbers) {
            keys.push_back(number.key);
        }
    }
    return {
        "SELECT phone, contact_id FROM own_contact_numbers WHERE enterprise_number = $1 AND phone "
        "= ANY ($2::text[])",
        pg::Params::of(work.enterprise, keys)
    };
}

pg::Query companies_query(const ImportWork& work, const std::vector<Place>& places) {
    std::vector<std::string> ids;
    std::vector<std::string> names;
    for (const auto& place : places) {
        if (!place.contact->company.empty()) {
            ids.push_back(base::make_uuid());
            names.push_back(place.contact->company);
        }
    }
    return {
        "INSERT INTO own_companies (enterprise_number, id, name) SELECT DISTINCT ON (lower(n.name "
        "COLLATE \"und-x-icu\")) $1, n.id, n.name FROM unnest($2::text[], $3::text[]) WITH "
        "ORDINALITY AS n(id, name, place) ORDER BY lower(n.name COLLATE \"und-x-icu\"), n.place "
        "ON CONFLICT (enterprise_number, lower(name COLLATE \"und-x-icu\")) DO NOTHING",
        pg::Params::of(work.enterprise, ids, names)
    };
}

constexpr auto lines_sql =
    "unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS u(id, name, "
    "company, email, responsible, note) LEFT JOIN own_companies o ON o.enterprise_number = $1 AND "
    "lower(o.name COLLATE \"und-x-icu\") = lower(u.company COLLATE \"und-x-icu\")";

pg::Query contacts_query(
    const ImportWork& work, const std::vector<Place>& places, bool is_new, const std::string& sql
) {
    std::vector<std::string> ids;
    std::vector<std::string> names;
    std::vector<std::string> companies;
    std::vector<std::string> emails;
    std::vector<std::string> responsible;
    std::vector<std::string> notes;
    for (const auto& place : places) {
        if (place.is_new == is_new) {
            ids.push_back(place.id);
            names.push_back(place.contact->name);
            companies.push_back(place.contact->company);
            emails.push_back(place.contact->email);
            responsible.push_back(place.contact->responsible);
            notes.push_back(place.contact->note);
        }
    }
    return {
        sql, pg::Params::of(work.enterprise, ids, names, companies, emails, responsible, notes)
    };
}

pg::Query create_query(const ImportWork& work, const std::vector<Place>& places) {
    return contacts_query(
        work,
        places,
        true,
        std::string("INSERT INTO own_contacts (enterprise_number, id, name, company_id, email, "
                    "responsible, note) SELECT $1, u.id, u.name, o.id, u.email, u.responsible, "
                    "u.note FROM "
        ) + lines_sql
    );
}

/// Says which contacts it changed.
pg::Query update_query(const ImportWork& work, const std::vector<Place>& places) {
    return contacts_query(
        work,
        places,
        false,
        std::string(
            "WITH wanted AS (SELECT c.id, coalesce(nullif(u.name, ''), c.name) AS name, "
            "coalesce(o.id, c.company_id) AS company_id, coalesce(nullif(u.email, ''), c.email) AS "
            "email, coalesce(nullif(u.responsible, ''), c.responsible) AS responsible, "
            "coalesce(nullif(u.note, ''), c.note) AS note FROM "
        ) + lines_sql +
            " JOIN own_contacts c ON c.enterprise_number = $1 AND c.id = u.id) "
            "UPDATE own_contacts c SET name = w.name, company_id = w.company_id, email = w.email, "
            "responsible = w.responsible, note = w.note, updated_at = now() FROM wanted w WHERE "
            "c.enterprise_number = $1 AND c.id = w.id AND (c.name, c.company_id, c.email, "
            "c.responsible, c.note) IS DISTINCT FROM (w.name, w.company_id, w.email, "
            "w.responsible, w.note) RETURNING c.id"
    );
}

/// Says whose numbers it added.
pg::Query numbers_query(const ImportWork& work, const std::vector<Place>& places) {
    std::vector<std::string> ids;
    std::vector<std::string> keys;
    std::vector<std::string> numbers;
    for (const auto& place : places) {
        for (const auto& number : place.contact->numbers) {
            ids.push_back(place.id);
            keys.push_back(number.key);
            numbers.push_back(number.number);
        }
    }
    return {
        "INSERT INTO own_contact_numbers (enterprise_number, phone, contact_id, number, place) "
        "SELECT $1, n.phone, n.id, n.number, coalesce((SELECT max(k.place) FROM "
        "own_contact_numbers k WHERE k.enterprise_number = $1 AND k.contact_id = n.id), 0) + "
        "row_number() OVER (PARTITION BY n.id ORDER BY n.place) "
        "FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS n(id, phone, number, "
        "place) ON CONFLICT (enterprise_number, phone) DO NOTHING RETURNING contact_id",
        pg::Params::of(work.enterprise, ids, keys, numbers)
    };
}

/// Contacts that were there and are not as they were.
std::size_t changed(
    const std::vector<Place>& places, const pg::Rows& updated, const pg::Rows& numbered
) {
    std::vector<std::string> touched;
    for (const auto* rows : {&updated, &numbered}) {
        for (const auto& row : *rows) {
            touched.emplace_back(row.text(0));
        }
    }
    std::ranges::sort(touched);
    return static_cast<std::size_t>(std::ranges::count_if(places, [&](const Place& place) {
        return !place.is_new && std::ranges::binary_search(touched, place.id);
    }));
}

asio::awaitable<base::Result<Imported>> import_in(
    pg::Session& session, std::shared_ptr<const ImportWork> work
) {
    std::vector<pg::Query> reads;
    reads.push_back({own_sql::lock, pg::Params::of(work->enterprise)});
    reads.push_back(owners_query(*work));
    const auto read = co_await session.pipeline(std::move(reads));
    if (!read) {
        co_return std::unexpected(read.error());
    }
    Owners owners;
    for (const auto& row : read->back()) {
        owners.emplace(row.text(0), row.text(1));
    }
    Imported imported;
    imported.bad = work->import.bad;
    const auto places = places_of(*work, owners, imported.bad);
    if (!imported.bad.empty() && !work->how.skip_bad) {
        co_return refused(imported.bad);
    }
    std::vector<pg::Query> writes;
    writes.push_back(companies_query(*work, places));
    writes.push_back(create_query(*work, places));
    writes.push_back(update_query(*work, places));
    writes.push_back(numbers_query(*work, places));
    const auto written = co_await session.pipeline(std::move(writes));
    if (!written) {
        co_return std::unexpected(written.error());
    }
    imported.companies = (*written)[0].affected();
    imported.created = (*written)[1].affected();
    imported.updated = changed(places, (*written)[2], (*written)[3]);
    imported.unchanged = places.size() - imported.created - imported.updated;
    co_return imported;
}

/// What it would have come to.
struct TriedOut {
    std::optional<Imported> imported;
};

asio::awaitable<base::Result<Imported>> try_out(
    pg::Session& session, std::shared_ptr<const ImportWork> work, std::shared_ptr<TriedOut> tried
) {
    auto imported = co_await import_in(session, std::move(work));
    if (!imported) {
        co_return imported;
    }
    tried->imported = std::move(*imported);
    // An error undoes everything.
    co_return base::fail(base::Errc::canceled, "it was only tried out");
}

}  // namespace

asio::awaitable<base::Result<Imported>> OwnStore::import(
    std::string enterprise, ContactImport import, ImportHow how
) {
    const auto work =
        std::make_shared<const ImportWork>(ImportWork{std::move(enterprise), std::move(import), how}
        );
    const auto tried = std::make_shared<TriedOut>();
    std::function<asio::awaitable<base::Result<Imported>>(pg::Session&)> body =
        [work, tried](pg::Session& session) {
            return work->how.dry_run ? try_out(session, work, tried) : import_in(session, work);
        };
    auto imported = co_await pool_.transaction<Imported>(std::move(body));
    if (auto& found = tried->imported) {
        co_return std::move(*found);
    }
    co_return imported;
}

}  // namespace trunkline::integration_cache
