#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "form.hpp"
#include "telegram_answer.hpp"
#include "uon_people.hpp"

namespace trunkline::sandbox {

/// U-ON.Travel's methods as far as contracts/uon.md has them and we use them, in memory, a cabinet
/// for each name at a key's end. What the contract leaves open is refused: a sandbox that forgives
/// hides our faults.
class UonApi {
public:
    explicit UonApi(const base::Clock& clock) : clock_(clock) {}

    /// How the cabinets behave where the contract saw several ways.
    struct Switches {
        enum class NotFound {
            status_404,  ///< HTTP 404 with result 404.
            result_404,  ///< HTTP 200 with result 404.
            empty,       ///< HTTP 200 with an empty list.
        } not_found = NotFound::status_404;
        /// What every key may do; the rest is 403.
        bool get = true;
        bool post = true;
    };

    struct Row {
        int id = 0;
        Parameters fields;  ///< As received.
    };
    struct Cabinet {
        std::vector<Row> calls;
        std::vector<Row> notifications;
        std::vector<Row> webhooks;
        std::vector<uon::Person> clients = uon::sample_clients();
        std::map<std::string, std::uint64_t> violations;  ///< By what was wrong.
        std::uint64_t requests = 0;
        std::deque<base::SteadyTime> recent;  ///< Requests of the last second.
    };

    /// The cabinet's name of a key `sandboxuonkey<name>`; nothing if the key is wrong.
    static std::optional<std::string> cabinet_of(const std::string& key);

    /// Counts the request; 429 if it is one too many.
    std::optional<ApiAnswer> wait(const std::string& key);
    /// `path` is what follows the key: `call_history/create.json`. `parameters`: the form's of a
    /// POST, the query's of a GET.
    ApiAnswer call(
        const std::string& key,
        const std::string& method,
        const std::string& path,
        const Parameters& parameters
    );

    Switches switches;
    const std::map<std::string, Cabinet>& cabinets() const { return cabinets_; }
    void reset() {
        cabinets_.clear();
        switches = {};
    }

private:
    ApiAnswer get(Cabinet& cabinet, const std::vector<std::string>& path);
    ApiAnswer post(
        Cabinet& cabinet, const std::vector<std::string>& path, const Parameters& parameters
    );
    ApiAnswer users_by_phone(Cabinet& cabinet, const std::string& phone);
    ApiAnswer page_of(
        Cabinet& cabinet,
        const std::vector<Row>& rows,
        std::string_view list,
        const std::string& page
    );
    ApiAnswer create(std::vector<Row>& rows, const Parameters& parameters);
    ApiAnswer create_client(Cabinet& cabinet, const Parameters& parameters);
    ApiAnswer nothing_found(std::string_view list) const;

    const base::Clock& clock_;
    std::map<std::string, Cabinet> cabinets_;
    int next_id_ = 9001;
};

}  // namespace trunkline::sandbox
