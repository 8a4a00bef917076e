#include "connector/call_notes.hpp"

#include <utility>

namespace trunkline::connector {
namespace {

base::Result<std::optional<std::string>> first_note(const base::Result<pg::Rows>& rows) {
    if (!rows) {
        return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        return std::nullopt;
    }
    return std::string(rows->front().text("note"));
}

}  // namespace

CallNotes::CallNotes(pg::Pool& pool, std::string crm) : pool_(pool), crm_(std::move(crm)) {}

asio::awaitable<base::Result<std::optional<std::string>>> CallNotes::read(
    std::string enterprise, std::string key
) {
    const auto rows = co_await pool_.execute(
        "SELECT note FROM crm_call_notes WHERE enterprise_number = $1 AND crm = $2 AND note_key = "
        "$3",
        pg::Params::of(enterprise, crm_, key)
    );
    co_return first_note(rows);
}

asio::awaitable<base::Result<>> CallNotes::write(
    std::string enterprise, std::string key, std::string note
) {
    const auto rows = co_await pool_.execute(
        "INSERT INTO crm_call_notes (enterprise_number, crm, note_key, note) VALUES ($1, $2, $3, "
        "$4) ON CONFLICT (enterprise_number, crm, note_key) DO UPDATE SET note = excluded.note, "
        "updated_at = now()",
        pg::Params::of(enterprise, crm_, key, note)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::optional<std::string>>> CallNotes::take(
    std::string enterprise, std::string key
) {
    const auto rows = co_await pool_.execute(
        "DELETE FROM crm_call_notes WHERE enterprise_number = $1 AND crm = $2 AND note_key = $3 "
        "RETURNING note",
        pg::Params::of(enterprise, crm_, key)
    );
    co_return first_note(rows);
}

asio::awaitable<base::Result<bool>> CallNotes::rename(
    std::string enterprise, std::string key, std::string new_key
) {
    const auto rows = co_await pool_.execute(
        "UPDATE crm_call_notes SET note_key = $4 WHERE enterprise_number = $1 AND crm = $2 AND "
        "note_key = $3",
        pg::Params::of(enterprise, crm_, key, new_key)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return rows->affected() > 0;
}

}  // namespace trunkline::connector
