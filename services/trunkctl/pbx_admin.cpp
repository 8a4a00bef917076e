#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "json/writer.hpp"
#include "net/address.hpp"
#include "pbx_commands.hpp"
#include "pbx_config.hpp"
#include "pbx_probe.hpp"
#include "pbx_rows.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t secret_bytes = 24;

constexpr auto write_sql =
    "INSERT INTO pbx_servers (id, enterprise_number, kind, name, host, port, username, secret, "
    "use_ssl, connect_timeout, reconnect_delay, debug_mode, enabled, dial_context, device, "
    "dial_number, hold_context, record_folder) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO UPDATE SET kind = $3, name = $4, "
    "host = $5, port = $6, username = $7, secret = $8, use_ssl = $9, connect_timeout = $10, "
    "reconnect_delay = $11, debug_mode = $12, enabled = $13, dial_context = $14, device = $15, "
    "dial_number = $16, hold_context = $17, record_folder = $18";

template <class Value>
void take(Value& into, const std::optional<Value>& from) {
    into = from.value_or(into);
}

void apply(PbxRow& row, const PbxValues& values) {
    take(row.kind, values.kind);
    take(row.name, values.name);
    take(row.host, values.host);
    take(row.port, values.port);
    take(row.username, values.username);
    take(row.use_ssl, values.use_ssl);
    take(row.connect_timeout, values.connect_timeout);
    take(row.reconnect_delay, values.reconnect_delay);
    take(row.debug_mode, values.debug_mode);
    take(row.enabled, values.enabled);
    take(row.dial_context, values.dial_context);
    take(row.device, values.device);
    take(row.dial_number, values.dial_number);
    take(row.hold_context, values.hold_context);
    take(row.record_folder, values.record_folder);
}

base::Result<> put_secret(const Context& context, PbxRow& row, const std::string& secret) {
    const bool is_plain = std::ranges::none_of(secret, [](unsigned char c) {
        return c < 0x20 || c == 0x7f || c == ';';
    });
    if (secret.size() < 8 || !is_plain) {
        return base::fail(
            base::Errc::invalid_input,
            "--secret: must have 8 characters or more, without ; and control characters"
        );
    }
    row.secret = context.secrets
                     ? context.secrets->seal(secret, tenants::pbx_secret_context(row.id))
                     : secret;
    return {};
}

asio::awaitable<base::Result<>> store(Context& context, PbxRow row) {
    const auto done = co_await context.pool.execute(
        write_sql,
        pg::Params::of(
            row.id,
            row.enterprise,
            row.kind,
            row.name,
            row.host,
            row.port,
            row.username,
            row.secret,
            row.use_ssl,
            row.connect_timeout,
            row.reconnect_delay,
            row.debug_mode,
            row.enabled,
            row.dial_context,
            row.device,
            row.dial_number,
            row.hold_context,
            row.record_folder
        )
    );
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::string>> enterprise_number(Context& context, std::string any) {
    const auto rows = co_await context.pool.execute(
        "SELECT number FROM enterprises WHERE $1 IN (number, name2, name) "
        "ORDER BY number = $1 DESC, name2 = $1 DESC LIMIT 1",
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    co_return std::string(rows->front().text("number"));
}

bool is_near(const std::string& host) {
    return host == "localhost" || host.starts_with("127.") || host == "::1";
}

/// The address that this machine has towards the host; "" if it cannot be found out.
std::string own_address(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), "5038", &hints, &found) != 0) {
        return {};
    }
    std::string out;
    const int socket = ::socket(found->ai_family, SOCK_DGRAM, 0);
    sockaddr_storage own{};
    socklen_t size = sizeof(own);
    char text[NI_MAXHOST] = {};
    // Connecting a datagram socket sends nothing; it only chooses the way.
    if (socket >= 0 && connect(socket, found->ai_addr, found->ai_addrlen) == 0 &&
        getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
        getnameinfo(
            reinterpret_cast<sockaddr*>(&own), size, text, sizeof(text), nullptr, 0, NI_NUMERICHOST
        ) == 0) {
        out = text;
    }
    if (socket >= 0) {
        close(socket);
    }
    freeaddrinfo(found);
    return out;
}

base::Result<std::vector<std::string>> permitted(
    const PbxRow& row, std::vector<std::string> wanted
) {
    if (wanted.empty()) {
        auto own = is_near(row.host) ? std::string("127.0.0.1") : own_address(row.host);
        wanted.push_back(own.empty() ? "127.0.0.1" : std::move(own));
    }
    for (const auto& one : wanted) {
        if (!net::IpAddress::parse(one) && !net::Network::parse(one)) {
            return base::fail(
                base::Errc::invalid_input, "--permit: " + one + " is no address and no network"
            );
        }
    }
    return wanted;
}

base::Result<std::string> conf_of(
    const PbxRow& row, const std::string& shown_secret, std::vector<std::string> permit
) {
    auto addresses = permitted(row, std::move(permit));
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    ManagerUser user;
    user.name = row.username;
    user.secret = shown_secret;
    user.permitted = std::move(*addresses);
    user.is_near = is_near(row.host);
    user.use_ssl = row.use_ssl;
    return manager_conf(user);
}

void write(json::Writer& writer, const PbxRow& row) {
    writer.begin_object()
        .member("id", row.id)
        .member("enterprise_number", row.enterprise)
        .member("kind", row.kind)
        .member("name", row.name)
        .member("host", row.host)
        .member("port", row.port)
        .member("username", row.username)
        .member("secret", row.secret.empty() ? "" : "***")
        .member("use_ssl", row.use_ssl)
        .member("connect_timeout", row.connect_timeout)
        .member("reconnect_delay", row.reconnect_delay)
        .member("debug_mode", row.debug_mode)
        .member("enabled", row.enabled)
        .member("dial_context", row.dial_context)
        .member("device", row.device)
        .member("dial_number", row.dial_number)
        .member("hold_context", row.hold_context)
        .member("record_folder", row.record_folder)
        .end_object();
}

}  // namespace

asio::awaitable<base::Result<>> add_pbx(Context& context, PbxValues values) {
    const auto number = co_await enterprise_number(context, values.enterprise.value_or(""));
    if (!number) {
        co_return std::unexpected(number.error());
    }
    PbxRow row;
    row.id = base::make_uuid();
    row.enterprise = *number;
    apply(row, values);
    if (const auto checked = check_pbx_row(row); !checked) {
        co_return checked;
    }
    const bool is_made_up = !values.secret;
    const auto secret = values.secret.value_or(base::random_hex(secret_bytes));
    if (const auto put = put_secret(context, row, secret); !put) {
        co_return put;
    }
    const auto conf = conf_of(row, is_made_up ? secret : "", values.permit);
    if (!conf) {
        co_return std::unexpected(conf.error());
    }
    const auto stored = co_await store(context, row);
    if (!stored) {
        co_return stored;
    }
    json::Writer writer;
    writer.begin_object()
        .member("id", row.id)
        .member("enterprise_number", row.enterprise)
        .member("manager_conf", *conf)
        .member("extensions_conf", hold_dialplan(row.hold_context, row.record_folder))
        .end_object();
    context.out.print(
        fmt::format(
            "exchange {} of {} is added. Install on it:\n\n{}\n{}\nThen: trunkctl pbx check {}",
            row.id,
            row.enterprise,
            *conf,
            hold_dialplan(row.hold_context, row.record_folder),
            row.id
        ),
        writer.take()
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> set_pbx(Context& context, std::string id, PbxValues values) {
    const auto rows = co_await read_pbx_rows(context, id, "");
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    auto row = rows->front();
    apply(row, values);
    if (const auto checked = check_pbx_row(row); !checked) {
        co_return checked;
    }
    if (values.secret) {
        if (const auto put = put_secret(context, row, *values.secret); !put) {
            co_return put;
        }
    }
    const auto stored = co_await store(context, row);
    if (!stored) {
        co_return stored;
    }
    json::Writer writer;
    write(writer, row);
    context.out.print("exchange " + row.id + " is changed", writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_pbx(Context& context, std::string enterprise) {
    auto rows = co_await read_pbx_rows(context, "", std::move(enterprise));
    if (!rows && rows.error().code != base::Errc::not_found) {
        co_return std::unexpected(rows.error());
    }
    std::string people;
    json::Writer writer;
    writer.begin_array();
    for (const auto& row : rows ? *rows : std::vector<PbxRow>()) {
        people += fmt::format(
            "{}{:<37} {:<8} {:<10} {}@{}:{}{}{}{}",
            people.empty() ? "" : "\n",
            row.id,
            row.enterprise,
            row.kind,
            row.username,
            row.host,
            row.port,
            row.use_ssl ? " TLS" : "",
            row.enabled ? "" : " (off)",
            row.name.empty() ? "" : " " + row.name
        );
        write(writer, row);
    }
    writer.end_array();
    context.out.print(people.empty() ? "no exchanges" : people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> remove_pbx(Context& context, std::string id) {
    const auto gone =
        co_await context.pool.execute("DELETE FROM pbx_servers WHERE id = $1", pg::Params::of(id));
    if (!gone) {
        co_return std::unexpected(gone.error());
    }
    if (gone->affected() == 0) {
        co_return base::fail(base::Errc::not_found, "there is no exchange " + id);
    }
    context.out.print("exchange " + id + " is removed", R"({"status":"ok"})");
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> print_manager_conf(
    Context& context, std::string id, std::vector<std::string> permit
) {
    const auto rows = co_await read_pbx_rows(context, std::move(id), "");
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto conf = conf_of(rows->front(), "", std::move(permit));
    if (!conf) {
        co_return std::unexpected(conf.error());
    }
    json::Writer writer;
    writer.begin_object().member("manager_conf", *conf).end_object();
    context.out.print(*conf, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> print_hold_dialplan(Context& context, std::string id) {
    const auto rows = co_await read_pbx_rows(context, std::move(id), "");
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    const auto text = hold_dialplan(rows->front().hold_context, rows->front().record_folder);
    json::Writer writer;
    writer.begin_object().member("extensions_conf", text).end_object();
    context.out.print(text, writer.take());
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
