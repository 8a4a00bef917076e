#pragma once

#include <optional>
#include <string>

#include "net/asio.hpp"
#include "pg/pool.hpp"

namespace trunkline::connector {

/// What an API forces us to remember of a call between its steps, as JSON text of the connector's
/// own (table crm_call_notes): Bitrix24's CALL_ID, MoySklad's sequence. Kept for 60 days.
class CallNotes {
public:
    CallNotes(pg::Pool& pool, std::string crm);

    /// Nothing if there is none.
    asio::awaitable<base::Result<std::optional<std::string>>> read(
        std::string enterprise, std::string key
    );
    asio::awaitable<base::Result<>> write(
        std::string enterprise, std::string key, std::string note
    );
    /// Takes it away and returns it: of two who ask, one gets it.
    asio::awaitable<base::Result<std::optional<std::string>>> take(
        std::string enterprise, std::string key
    );
    /// Gives it another key; false: there is none. Of two who ask, one gets it, and nothing is lost
    /// in between. conflict: the new key has a note already.
    asio::awaitable<base::Result<bool>> rename(
        std::string enterprise, std::string key, std::string new_key
    );

private:
    pg::Pool& pool_;
    std::string crm_;
};

}  // namespace trunkline::connector
