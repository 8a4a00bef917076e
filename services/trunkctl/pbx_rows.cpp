#include "pbx_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto read_sql =
    "SELECT id, enterprise_number, kind, name, host, port, username, secret, use_ssl, "
    "connect_timeout, reconnect_delay, debug_mode, enabled, dial_context, device, dial_number, "
    "hold_context, record_folder FROM pbx_servers WHERE ($1 = '' OR id = $1) AND "
    "($2 = '' OR enterprise_number = (SELECT number FROM enterprises WHERE $2 IN (number, name2, "
    "name) ORDER BY number = $2 DESC, name2 = $2 DESC LIMIT 1)) ORDER BY enterprise_number, id";

PbxRow row_of(const pg::Row& row) {
    PbxRow out;
    out.id = row.text("id");
    out.enterprise = row.text("enterprise_number");
    out.kind = row.text("kind");
    out.name = row.text("name");
    out.host = row.text("host");
    out.port = row.integer("port");
    out.username = row.text("username");
    out.secret = row.text("secret");
    out.use_ssl = row.boolean("use_ssl");
    out.connect_timeout = row.integer("connect_timeout");
    out.reconnect_delay = row.integer("reconnect_delay");
    out.debug_mode = row.boolean("debug_mode");
    out.enabled = row.boolean("enabled");
    out.dial_context = row.text("dial_context");
    out.device = row.text("device");
    out.dial_number = row.text("dial_number");
    out.hold_context = row.text("hold_context");
    out.record_folder = row.text("record_folder");
    return out;
}

bool is_made_of(std::string_view text, std::string_view signs) {
    return std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               signs.find(c) != std::string_view::npos;
    });
}

bool holds_once(std::string_view text, std::string_view part) {
    const auto at = text.find(part);
    return at != text.npos && text.find(part, at + 1) == text.npos;
}

std::string without(std::string text, std::string_view part) {
    if (const auto at = text.find(part); at != std::string::npos) {
        text.erase(at, part.size());
    }
    return text;
}

}  // namespace

asio::awaitable<base::Result<std::vector<PbxRow>>> read_pbx_rows(
    Context& context, std::string id, std::string enterprise
) {
    const auto rows = co_await context.pool.execute(read_sql, pg::Params::of(id, enterprise));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::vector<PbxRow> out;
    for (const auto row : *rows) {
        out.push_back(row_of(row));
    }
    if (out.empty()) {
        co_return base::fail(
            base::Errc::not_found,
            id.empty() ? "there is no exchange: trunkctl pbx add" : "there is no exchange " + id
        );
    }
    co_return out;
}

base::Result<std::string> pbx_secret(const Context& context, const PbxRow& row) {
    if (!crypto::SecretBox::is_sealed(row.secret)) {
        return row.secret;
    }
    if (!context.secrets) {
        return base::fail(
            base::Errc::forbidden,
            "the secret of exchange " + row.id + " is sealed: set SECRETS_KEY"
        );
    }
    return context.secrets->open(row.secret, tenants::pbx_secret_context(row.id));
}

base::Result<> check_pbx_row(const PbxRow& row) {
    std::vector<base::FieldError> faults;
    const auto check = [&faults](bool is_right, const char* option, const char* what) {
        if (!is_right) {
            faults.push_back({option, what});
        }
    };
    constexpr std::array kinds{
        std::string_view("asterisk"), std::string_view("freeswitch"), std::string_view("zadarma")
    };
    constexpr std::string_view word = "_.-";
    check(
        std::ranges::find(kinds, row.kind) != kinds.end(),
        "--kind",
        "must be asterisk, freeswitch or zadarma"
    );
    check(
        !row.host.empty() && is_made_of(row.host, ".-:"), "--host", "must be a name or an address"
    );
    check(row.port >= 1 && row.port <= 65'535, "--port", "must be from 1 to 65535");
    check(
        !row.username.empty() && is_made_of(row.username, word),
        "--username",
        "must be a word of letters, digits and _.-"
    );
    check(
        !row.dial_context.empty() && is_made_of(row.dial_context, word),
        "--dial-context",
        "must be the name of a context"
    );
    check(
        !row.hold_context.empty() && is_made_of(row.hold_context, word),
        "--hold-context",
        "must be the name of a context"
    );
    check(
        holds_once(row.device, "{extension}") &&
            is_made_of(without(row.device, "{extension}"), "/@_.-"),
        "--device",
        "must be a phone with {extension} in it, such as PJSIP/{extension}"
    );
    check(
        holds_once(row.dial_number, "{digits}") != holds_once(row.dial_number, "{e164}") &&
            is_made_of(without(without(row.dial_number, "{digits}"), "{e164}"), "*#+"),
        "--dial-number",
        "must have {digits} or {e164} in it, such as 9{digits}"
    );
    check(
        is_made_of(row.record_folder, "/_.-") && row.record_folder.find("..") == std::string::npos,
        "--record-folder",
        "must be a folder of letters, digits and /_.-"
    );
    check(
        row.connect_timeout >= 1 && row.connect_timeout <= 300,
        "--connect-timeout",
        "must be from 1 to 300 seconds"
    );
    check(
        row.reconnect_delay >= 1 && row.reconnect_delay <= 3600,
        "--reconnect-delay",
        "must be from 1 to 3600 seconds"
    );
    if (faults.empty()) {
        return {};
    }
    return std::unexpected(base::Error{
        .code = base::Errc::invalid_input,
        .detail = faults.front().path + ": " + faults.front().detail,
        .fields = std::move(faults),
        .native = {}
    });
}

}  // namespace trunkline::trunkctl
