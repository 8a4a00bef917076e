#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "contract/connector.hpp"
#include "httpc/client.hpp"
#include "json/document.hpp"

namespace trunkline::connector {

using Answer = contract::ConnectorAnswer;

/// What a CRM's answer means. Each connector has one pure function from an answer to this.
struct Verdict {
    enum class Kind {
        accepted,  ///< Done; the body is what was asked for.
        absent,    ///< There is no such thing. Not an error.
        busy,      ///< Refused for now and surely without an effect: a rate, a quota.
        failed,    ///< 5xx, no JSON: what it did is unknown. May come again.
        expired,   ///< The token has run out; get a new one and ask again.
        refused,   ///< Our mistake or the configuration's: asking again changes nothing.
    } kind = Kind::accepted;
    std::string detail;  ///< For people and logs, without secrets.
    std::string mend;    ///< What a person can do about it; may be empty.
    std::optional<std::chrono::milliseconds> retry_after;
    bool is_repeat = false;  ///< accepted, and the CRM says that it had it before.

    static Verdict accepted(std::string detail = {});
    static Verdict repeated(std::string detail);
    static Verdict absent(std::string detail);
    static Verdict busy(
        std::string detail, std::optional<std::chrono::milliseconds> retry_after = std::nullopt
    );
    static Verdict failed(std::string detail);
    static Verdict expired(std::string detail);
    static Verdict refused(std::string detail, std::string mend = {});
};

using Judge = std::function<Verdict(const httpc::Response&)>;

/// A CRM's answer as JSON, with bounds that fit one; malformed for an HTML page.
base::Result<json::Document> body_of(const httpc::Response& response);

/// Retry-After in whole seconds; nothing for a date, or if it is absent.
std::optional<std::chrono::milliseconds> retry_after_of(const httpc::Response& response);

Answer done(std::string detail = {});
Answer duplicate(std::string detail);
Answer ignored(std::string detail);
Answer retry(std::string detail, std::optional<std::chrono::milliseconds> after = std::nullopt);
/// The same for a reason that has nothing to do with the CRM: nobody else has to wait.
Answer retry_this_call(std::string detail, std::chrono::milliseconds after);
Answer permanent(std::string detail, std::string mend = {});
/// accepted: done or duplicate; absent and refused: permanent; the rest: retry.
Answer answer_of(const Verdict& verdict);
/// An error of our own, for example of the database: retry.
Answer answer_of(const base::Error& error);
/// done, duplicate or ignored: nothing is left to do.
bool is_settled(const Answer& answer);

}  // namespace trunkline::connector
