#include "pbx_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "ami/actions.hpp"
#include "base/text.hpp"

namespace trunkline::trunkctl {
namespace {

using Kind = Finding::Kind;

ami::ClientSettings settings_of(const PbxRow& row, std::string secret) {
    ami::ClientSettings out;
    out.name = row.name.empty() ? row.id : row.name;
    out.host = row.host;
    out.port = static_cast<std::uint16_t>(row.port);
    out.username = row.username;
    out.secret = std::move(secret);
    out.use_tls = row.use_ssl;
    out.verify_peer = row.use_ssl;
    out.quiet = true;
    out.events = "system";  // FullyBooted is one.
    out.connect_limit = std::chrono::seconds(row.connect_timeout);
    return out;
}

/// What we send, and the class of `write=` that allows it.
struct Needed {
    std::string_view action;
    std::string_view right;
};
constexpr std::array needed{
    Needed{"Originate", "originate"},
    Needed{"Hangup", "call"},
    Needed{"Redirect", "call"},
    Needed{"Atxfer", "call"},
    Needed{"BlindTransfer", "call"},
    Needed{"Park", "call"},
    Needed{"Bridge", "call"},
    Needed{"PlayDTMF", "call"},
    Needed{"Setvar", "call"},
    Needed{"QueueAdd", "agent"},
    Needed{"QueuePause", "agent"},
    Needed{"CoreShowChannels", "reporting"},
    Needed{"DeviceStateList", "reporting"},
    Needed{"ShowDialPlan", "reporting"},
};
/// What hands out more than we need.
constexpr std::array dangerous{
    Needed{"Command", "command"},
    Needed{"ModuleLoad", "system"},
    Needed{"UpdateConfig", "config"},
};

Finding check_version(const std::string& version) {
    const auto number = std::atoi(version.c_str());
    if (number >= 16 && number <= 23) {
        return {Kind::good, "Asterisk " + version, ""};
    }
    return {
        Kind::warning,
        "Asterisk " + version + " was not tried",
        "16 to 22 are known to work; later ones may have other names for events"
    };
}

void check_rights(const ami::Reply& commands, std::vector<Finding>& findings) {
    const auto view = commands.response.view();
    std::vector<std::string_view> missing;
    for (const auto& one : needed) {
        if (!view.find(one.action) && std::ranges::find(missing, one.right) == missing.end()) {
            missing.push_back(one.right);
        }
    }
    for (const auto right : missing) {
        findings.push_back(
            {Kind::fault,
             fmt::format("our user may not `{}`", right),
             fmt::format("add `{}` to its write= in manager.conf, then manager reload", right)}
        );
    }
    if (missing.empty()) {
        findings.push_back({Kind::good, "our user may do all that is needed", ""});
    }
    for (const auto& one : dangerous) {
        if (view.find(one.action)) {
            findings.push_back(
                {Kind::warning,
                 fmt::format("our user may `{}`: who gets its secret gets the machine", one.right),
                 fmt::format("take `{}` out of its write= in manager.conf", one.right)}
            );
        }
    }
}

asio::awaitable<Finding> check_context(
    PbxProbe& probe, std::string context, std::string exten, std::string mend
) {
    const auto shown = co_await probe.ask(ami::show_dialplan(context, exten));
    if (shown) {
        co_return Finding{Kind::good, "the dialplan has " + context, ""};
    }
    if (shown.error().code == base::Errc::forbidden) {
        co_return Finding{
            Kind::warning, "the dialplan cannot be looked at", "add `reporting` to write="
        };
    }
    co_return Finding{
        Kind::fault,
        "the dialplan has no context " + context + (exten.empty() ? "" : " with " + exten),
        std::move(mend)
    };
}

}  // namespace

PbxProbe::PbxProbe(const asio::any_io_executor& executor, const PbxRow& row, std::string secret)
    : row_name_(row.host + ":" + std::to_string(row.port)),
      limit_(row.connect_timeout + 10),
      use_ssl_(row.use_ssl),
      client_(std::make_unique<ami::Client>(executor, settings_of(row, std::move(secret)))) {}

asio::awaitable<base::Result<>> PbxProbe::open() {
    client_->start();
    const auto deadline = net::deadline_in(limit_);
    for (;;) {
        const auto ready = co_await client_->wait_ready(
            std::min(deadline, net::deadline_in(std::chrono::milliseconds(100)))
        );
        if (ready) {
            co_return base::Result<>{};
        }
        const auto status = client_->status();
        // It would try again; we tell what the first try said.
        const bool has_failed = status.state == ami::ClientState::waiting ||
                                status.state == ami::ClientState::refused ||
                                ready.error().code == base::Errc::unauthorized;
        if (has_failed || net::time_left(deadline) <= net::Duration::zero()) {
            const auto why = status.last_error.empty() ? ready.error().detail : status.last_error;
            co_return base::fail(
                base::Errc::unavailable,
                row_name_ + ": " + why + "\n  " + mend_of(why, status.state, use_ssl_)
            );
        }
    }
}

asio::awaitable<void> PbxProbe::close() { co_await client_->close(); }

asio::awaitable<base::Result<ami::Reply>> PbxProbe::ask(ami::Built action) {
    if (!action) {
        co_return std::unexpected(action.error());
    }
    auto reply = co_await client_->send(std::move(*action));
    co_return reply;
}

asio::awaitable<base::Result<double>> PbxProbe::response_time() {
    const auto begun = std::chrono::steady_clock::now();
    const auto pong = co_await ask(ami::ping());
    if (!pong) {
        co_return std::unexpected(pong.error());
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    co_return took.count();
}

std::string mend_of(const std::string& last_error, ami::ClientState state, bool use_ssl) {
    const auto says = [text = base::to_lower_ascii(last_error)](std::string_view part) {
        return text.find(part) != std::string::npos;
    };
    if (state == ami::ClientState::refused || says("refused: auth") || says("authentication")) {
        return "username or secret are wrong, or its permit= in manager.conf lacks our address "
               "(Asterisk tells both alike): trunkctl pbx manager-conf prints what to install";
    }
    if (says("connection refused")) {
        return "nobody listens there: is Asterisk running, with enabled = yes and this port in "
               "manager.conf, and bindaddr not another address?";
    }
    if (says("certificate") || says("ssl") || says("tls")) {
        return "the certificate does not prove this host: use its name as --host, and a "
               "certificate "
               "that the system trusts";
    }
    if (says("no asterisk manager") || says("banner")) {
        return use_ssl ? "is this port the one of tlsbindaddr?"
                       : "another program has this port, or it wants TLS (--ssl)";
    }
    if (says("host not found") || says("resolve")) {
        return "the name cannot be resolved: check --host";
    }
    return "no answer: a firewall between, a wrong --host, or tcp port 5038 is closed to us";
}

std::string short_version(std::string_view version) {
    return std::string(version.substr(0, version.find_first_of("+~ ")));
}

asio::awaitable<std::vector<Finding>> check_exchange(PbxProbe& probe, PbxRow row) {
    std::vector<Finding> findings;
    const auto settings = co_await probe.ask(ami::core_settings());
    if (settings) {
        findings.push_back(
            check_version(short_version(settings->response.view().get("AsteriskVersion")))
        );
    } else {
        findings.push_back(
            {Kind::fault, "its version: " + settings.error().detail, "add `reporting` to write="}
        );
    }
    if (!probe.client().status().booted) {
        findings.push_back(
            {Kind::warning,
             "it did not say that it is fully booted",
             "add `system` to read= of our user, or wait until Asterisk has started"}
        );
    }
    const auto commands = co_await probe.ask(ami::list_commands());
    if (commands) {
        check_rights(*commands, findings);
    } else {
        findings.push_back({Kind::fault, "our rights: " + commands.error().detail, ""});
    }
    auto dial = co_await check_context(
        probe, row.dial_context, "", "name the one that extensions dial in: pbx set --dial-context"
    );
    findings.push_back(std::move(dial));
    auto hold = co_await check_context(
        probe,
        row.hold_context,
        "hold",
        "calls cannot be held: add what trunkctl pbx dialplan prints"
    );
    if (hold.kind == Kind::fault) {
        hold.kind = Kind::warning;
    }
    findings.push_back(std::move(hold));
    const bool is_near =
        row.host == "localhost" || row.host.starts_with("127.") || row.host == "::1";
    if (!is_near && !row.use_ssl) {
        findings.push_back(
            {Kind::warning,
             "what it tells crosses the network in the clear",
             "tlsenable = yes in manager.conf and pbx set --ssl, or a private network"}
        );
    }
    co_return findings;
}

}  // namespace trunkline::trunkctl
