#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "form.hpp"
#include "moysklad_answer.hpp"
#include "moysklad_calls.hpp"
#include "moysklad_limits.hpp"

namespace trunkline::sandbox {

/// MoySklad's Phone API 1.0 and Remap 1.2 as far as contracts/moysklad.md has them, in memory. The
/// address is the same for all accounts: the key says which one is meant.
class MoyskladApi {
public:
    explicit MoyskladApi(const base::Clock& clock) : limits(clock) {}

    struct Request {
        moysklad::Api api = moysklad::Api::phone;
        std::string method;
        std::vector<std::string> path;  ///< Decoded segments behind the base.
        Parameters query;
        std::string body;
        std::string accept_encoding;
        std::string accept;
        std::string content_type;
    };

    /// `sandbox-moysklad-phone-<account>`, `sandbox-moysklad-token-<account>`, or Basic with
    /// `admin@<account>` and `sandbox-moysklad-password-<account>`. Nothing: 401.
    static std::optional<std::string> account_of_key(const std::string& phone_key);
    static std::optional<std::string> account_of_authorization(const std::string& header);

    /// What is wrong with a request whatever it asks for: gzip not offered, a wrong Accept.
    static std::optional<moysklad::Answer> problem_of_headers(const Request& request);
    moysklad::Answer call(const std::string& account, const Request& request);

    const std::map<std::string, moysklad::Calls>& accounts() const { return accounts_; }
    void reset();

    moysklad::Limits limits;
    moysklad::SecondPost second_post = moysklad::SecondPost::refused;

private:
    moysklad::Answer phone(moysklad::Calls& calls, const Request& request) const;
    static moysklad::Answer find_employees(const Parameters& query);

    std::map<std::string, moysklad::Calls> accounts_;
};

}  // namespace trunkline::sandbox
