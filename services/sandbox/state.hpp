#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.hpp"
#include "bitrix24_api.hpp"
#include "faults.hpp"
#include "httpc/client.hpp"
#include "moysklad_api.hpp"
#include "retailcrm_api.hpp"
#include "retailcrm_limits.hpp"
#include "telegram_api.hpp"
#include "telegram_limits.hpp"
#include "telegram_updates.hpp"
#include "uon_api.hpp"

namespace trunkline::sandbox {

/// A request that came in and what it was answered, for tests and people.
struct Record {
    std::uint64_t number = 0;
    base::WallTime at;
    std::string api;      ///< `telegram`, `uon`, ...
    std::string account;  ///< Bot id, or a CRM's account.
    std::string method;   ///< `sendMessage`, or `POST /v5/telephony/call/event`.
    Parameters parameters;
    unsigned status = 0;
    std::string answer;
    std::string fault;  ///< The fault that met it, or empty.
};

/// Everything the sandbox remembers. One executor.
struct State {
    State(asio::any_io_executor executor, const base::Clock& clock_in)
        : clock(clock_in),
          telegram(clock_in),
          updates(std::move(executor), clock_in),
          limits(clock_in),
          retailcrm_limits(clock_in),
          uon(clock_in),
          moysklad(clock_in),
          bitrix24(clock_in) {}

    void record(Record record);
    void reset();

    const base::Clock& clock;
    TelegramApi telegram;
    TelegramUpdates updates;
    TelegramLimits limits;
    RetailCrmApi retailcrm;
    RetailCrmLimits retailcrm_limits;
    UonApi uon;
    MoyskladApi moysklad;
    Bitrix24Api bitrix24;
    Faults faults;
    std::deque<Record> records;  ///< The last 20,000.
    std::uint64_t next_number = 1;
    httpc::Client* http = nullptr;  ///< For what a CRM calls itself; set before anything is served.
};

}  // namespace trunkline::sandbox
