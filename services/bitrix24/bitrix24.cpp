#include "bitrix24.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connector/call_facts.hpp"
#include "crypto/digest.hpp"
#include "json/writer.hpp"
#include "judge.hpp"
#include "people.hpp"

namespace trunkline::bitrix24 {
namespace {

using namespace std::chrono_literals;
using connector::Answer;
using connector::Verdict;

/// Shorter than the gateway's patience with a step.
constexpr auto step_limit = 25s;
constexpr std::string_view config_key = "bitrix24";

base::Error error_of(const Verdict& verdict) {
    const auto detail = verdict.detail + (verdict.mend.empty() ? "" : "; " + verdict.mend);
    const bool is_ours =
        verdict.kind == Verdict::Kind::refused || verdict.kind == Verdict::Kind::absent;
    return base::Error{
        .code = is_ours ? base::Errc::forbidden : base::Errc::unavailable,
        .detail = detail,
        .fields = {},
        .native = ""
    };
}

/// Who could be meant by this call; an unknown one makes the cache look again.
std::vector<std::string> extensions_of(const call::Call& call) {
    auto out = call.rang;
    for (const auto& talker : call.talkers) {
        if (std::ranges::find(out, talker) == out.end()) {
            out.push_back(talker);
        }
    }
    return out;
}

Context context_of(const connector::Step& step, const Account& account) {
    Context context;
    context.line = connector::digits(connector::our_number(*step.enterprise, step.call()));
    context.timezone = account.timezone;
    context.crm_create = account.crm_create;
    context.crm_source = account.crm_source;
    return context;
}

}  // namespace

Bitrix24::Bitrix24(const connector::Parts& parts, const Settings& settings)
    : parts_(parts),
      public_url_(settings.common.public_url),
      tokens_(parts.process.executor(), parts.pool, parts.http, parts.secrets, settings.oauth_url),
      api_(parts.crm, tokens_),
      users_(parts.process.executor(), api_),
      steps_(api_, users_, parts.notes),
      clicks_(api_, users_, parts.notes, parts.pbx) {}

asio::awaitable<Answer> Bitrix24::take(const connector::Step& step) {
    auto account = account_of(*step.enterprise, parts_.secrets);
    if (!account) {
        co_return connector::permanent(
            account.error().detail,
            "trunkctl enterprise set-integration, and install the application in the portal"
        );
    }
    const auto until = net::deadline_in(step_limit);
    const auto users = co_await users_.users_of(*account, extensions_of(step.call()), until);
    const bool may_do_without =
        !users && users.error().kind == Verdict::Kind::refused && account->default_user;
    if (!users && !may_do_without) {
        co_return connector::answer_of(users.error());
    }
    auto context = context_of(step, *account);
    const auto known = users ? *users : std::make_shared<const Users>();
    const Work work{step, std::move(*account), known, std::move(context), until};
    switch (step.event.kind) {
        case call::DispatchKind::dial: {
            auto answer = co_await steps_.ring(work);
            co_return answer;
        }
        case call::DispatchKind::bridge: {
            auto answer = co_await steps_.answer(work);
            co_return answer;
        }
        case call::DispatchKind::hangup: {
            auto answer = co_await steps_.hang_up(work);
            co_return answer;
        }
        case call::DispatchKind::update: {
            auto answer = co_await steps_.update(work);
            co_return answer;
        }
    }
    co_return connector::permanent("unknown event type");
}

asio::awaitable<connector::Reply> Bitrix24::look_up(
    Account account, std::string method, std::string parameters, net::Deadline deadline
) {
    Command command;
    command.method = std::move(method);
    command.parameters = std::move(parameters);
    command.priority = connector::Priority::lookup;
    command.repeatable = true;
    command.timeout = 3s;
    command.until = deadline;
    auto reply = co_await api_.call(std::move(account), std::move(command), std::nullopt);
    co_return reply;
}

asio::awaitable<base::Result<connector::Customer>> Bitrix24::find_customer(
    connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto number = connector::international(phone);
    if (number.empty()) {
        co_return connector::Customer();
    }
    json::Writer writer;
    writer.begin_object().member("PHONE_NUMBER", number).end_object();
    const auto reply = co_await look_up(
        *account, "telephony.externalCall.searchCrmEntities", writer.take(), deadline
    );
    if (reply.verdict.kind != Verdict::Kind::accepted) {
        co_return std::unexpected(error_of(reply.verdict));
    }
    const auto document = document_of(reply.response);
    if (!document) {
        co_return std::unexpected(document.error());
    }
    // Only for the responsible one's name; without it the rest is good all the same.
    UserCache::Found users = std::make_shared<const Users>();
    if (responsible_in(document->root())) {
        users = co_await users_.users_of(*account, {}, deadline);
    }
    co_return customer_of(document->root(), users ? **users : Users());
}

asio::awaitable<base::Result<std::vector<connector::Manager>>> Bitrix24::managers(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto users = co_await users_.users_of(*account, {}, deadline);
    if (!users) {
        co_return std::unexpected(error_of(users.error()));
    }
    co_return managers_of(**users);
}

asio::awaitable<base::Result<std::string>> Bitrix24::test_connection(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    users_.forget(account->enterprise);
    const auto users = co_await users_.users_of(*account, {}, deadline);
    if (!users) {
        co_return std::unexpected(error_of(users.error()));
    }
    // What only an application may ask for: so may it register calls.
    const auto lines = co_await look_up(*account, "telephony.externalLine.get", "{}", deadline);
    if (lines.verdict.kind != Verdict::Kind::accepted) {
        co_return std::unexpected(error_of(lines.verdict));
    }
    const auto with_extension = std::ranges::count_if((*users)->all(), [](const auto& entry) {
        return !entry.second.extension.empty();
    });
    co_return fmt::format(
        "{} answers; {} active users, {} of them with an inner number",
        account->portal,
        (*users)->all().size(),
        with_extension
    );
}

base::Result<> Bitrix24::check_proof(const tenants::Enterprise& enterprise, const HookForm& form)
    const {
    const auto token = enterprise.secret(config_key, "application_token", parts_.secrets);
    if (!token) {
        return base::fail(base::Errc::forbidden, "the application is not installed");
    }
    if (!crypto::equal_constant_time(form.auth("application_token"), *token)) {
        return base::fail(base::Errc::forbidden, "application_token is wrong");
    }
    const auto member = enterprise.setting(config_key, "member_id").value_or("");
    if (!member.empty() && !crypto::equal_constant_time(form.auth("member_id"), member)) {
        return base::fail(base::Errc::forbidden, "member_id is that of another portal");
    }
    return {};
}

asio::awaitable<base::Result<>> Bitrix24::take_event(
    connector::EnterprisePointer enterprise, HookForm form, net::Deadline deadline
) {
    if (form.event == "ONAPPINSTALL") {
        auto installed = co_await install(std::move(enterprise), std::move(form));
        co_return installed;
    }
    if (const auto proven = check_proof(*enterprise, form); !proven) {
        logger_.warning(
            "{}: {} refused: {}", enterprise->number, form.event, proven.error().detail
        );
        co_return proven;
    }
    if (form.event == "ONAPPUNINSTALL") {
        logger_.warning("{}: the application was removed from the portal", enterprise->number);
        const auto removed = co_await tokens_.uninstall(enterprise->number);
        co_return removed;
    }
    auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    // A second is left for the answer.
    const auto until = deadline - 1s;
    if (form.event == "ONEXTERNALCALLSTART") {
        co_await clicks_.start(std::move(enterprise), std::move(*account), std::move(form), until);
    } else if (form.event == "ONEXTERNALCALLBACKSTART") {
        co_await clicks_.call_back(
            std::move(enterprise), std::move(*account), std::move(form), until
        );
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Bitrix24::install(
    connector::EnterprisePointer enterprise, HookForm form
) {
    const auto setting = [&enterprise](std::string_view member) {
        return enterprise->setting(config_key, member).value_or("");
    };
    const auto installation = installation_in(form, setting("domain"), setting("member_id"));
    if (!installation) {
        logger_.warning(
            "{}: ONAPPINSTALL refused: {}", enterprise->number, installation.error().detail
        );
        co_return std::unexpected(installation.error());
    }
    const auto stored = co_await tokens_.install(enterprise->number, *installation);
    if (!stored) {
        co_return stored;
    }
    users_.forget(enterprise->number);
    logger_.info("{}: the application was installed", enterprise->number);
    co_await bind_events(std::move(enterprise), *installation, net::deadline_in(5s));
    co_return base::Result<>{};
}

asio::awaitable<void> Bitrix24::bind_events(
    connector::EnterprisePointer enterprise, Installation installation, net::Deadline deadline
) {
    if (public_url_.empty() || enterprise->hook_key.empty()) {
        logger_.warning("{}: without PUBLIC_URL clicks cannot be served", enterprise->number);
        co_return;
    }
    Account account;
    account.enterprise = enterprise->number;
    account.rest = rest_of_domain(installation.domain);
    account.portal = portal_of(account.rest);
    account.access_token = installation.tokens.access;
    auto base_url = public_url_;
    while (base_url.ends_with('/')) {
        base_url.pop_back();
    }
    for (const auto* event : {"ONEXTERNALCALLSTART", "ONEXTERNALCALLBACKSTART"}) {
        json::Writer writer;
        writer.begin_object()
            .member("event", event)
            .member("handler", base_url + "/bitrix24/hooks/" + enterprise->hook_key + "/event")
            .end_object();
        const auto reply = co_await look_up(account, "event.bind", writer.take(), deadline);
        if (reply.verdict.kind != Verdict::Kind::accepted) {
            logger_.warning(
                "{}: {} could not be bound: {}", enterprise->number, event, reply.verdict.detail
            );
        }
    }
}

}  // namespace trunkline::bitrix24
