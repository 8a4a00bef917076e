#include "tenants/directory.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::tenants {
namespace {

constexpr auto full_reload_period = std::chrono::seconds(60);
constexpr auto retry_pause = std::chrono::milliseconds(500);
constexpr auto absent_memory = std::chrono::seconds(1);
constexpr std::size_t max_absent = 10'000;
constexpr std::size_t max_config_bytes = 256 * 1024;

// $1: one enterprise's number, or NULL for all.
constexpr auto enterprises_sql =
    "SELECT number, name, name2, bot_token, timezone, region, recordings, hook_key, debug_log, "
    "integrations_config, webhook_secret, rate_limit, cardinality(allowed_networks) > 0 AS "
    "restricts_sources, array_to_string(allowed_networks, ',', 'NULL') AS allowed_networks "
    "FROM enterprises WHERE $1::text IS NULL OR number = $1";
constexpr auto subscribers_sql =
    "SELECT u.enterprise_number, u.tg_id, u.language, u.thread_id, u.is_admin, u.calls = 'missed' "
    "AS missed_only, u.internal, array_to_string(u.extensions, ',') AS extensions, "
    "array_to_string(u.lines, ',') AS lines, (extract(epoch FROM u.quiet_from) / 60)::integer AS "
    "quiet_from, (extract(epoch FROM u.quiet_to) / 60)::integer AS quiet_to "
    "FROM telegram_users u JOIN enterprises e "
    "ON e.number = u.enterprise_number AND e.bot_token = u.bot_token "
    "WHERE u.active AND ($1::text IS NULL OR u.enterprise_number = $1) ORDER BY u.tg_id";
constexpr auto managers_sql =
    "SELECT enterprise_number, extension, full_name, short_name FROM managers "
    "WHERE $1::text IS NULL OR enterprise_number = $1";
constexpr auto lines_sql =
    "SELECT enterprise_number, line_id, name, operator, number FROM lines "
    "WHERE $1::text IS NULL OR enterprise_number = $1";

constexpr auto number_rules_sql =
    "SELECT enterprise_number, id, line, priority, pattern, replacement FROM number_rules "
    "WHERE $1::text IS NULL OR enterprise_number = $1 ORDER BY id";

using Loaded = std::map<std::string, std::shared_ptr<Enterprise>, std::less<>>;

/// A part that is no network lets nobody in: whoever wrote it wanted to keep strangers out.
void read_networks(const pg::Row& row, Enterprise& out) {
    static const base::Logger logger("tenants");
    out.restricts_sources = row.boolean("restricts_sources");
    for (const auto& part : base::split(row.text("allowed_networks"), ',')) {
        if (const auto network = net::Network::parse(part)) {
            out.allowed_networks.push_back(*network);
        } else {
            logger.error(
                "allowed_networks of {}: \"{}\" is no network, it lets nobody in", out.number, part
            );
        }
    }
}

void read_enterprises(const pg::Rows& rows, Loaded& out) {
    static const base::Logger logger("tenants");
    for (const auto& row : rows) {
        auto enterprise = std::make_shared<Enterprise>();
        enterprise->number = row.text("number");
        enterprise->name = row.text("name");
        enterprise->token = row.text("name2");
        enterprise->bot_token = row.text("bot_token");
        enterprise->timezone = row.text("timezone");
        enterprise->region = row.text("region");
        enterprise->recordings = row.text("recordings");
        enterprise->hook_key = row.text("hook_key");
        enterprise->debug_log = row.boolean("debug_log");
        enterprise->webhook_secret = row.text("webhook_secret");
        enterprise->rate_limit = row.optional_integer("rate_limit");
        read_networks(row, *enterprise);
        const json::Limits limits{.max_bytes = max_config_bytes, .max_depth = 32};
        auto config = json::parse(row.text("integrations_config"), limits);
        if (!config) {
            logger.error(
                "integrations_config of {} is not readable: {}",
                enterprise->number,
                config.error().detail
            );
            config = json::parse("{}");
        }
        enterprise->integrations = std::move(*config);
        base::add_log_secret(enterprise->bot_token);
        for (const auto& secret : base::split(enterprise->webhook_secret, ' ')) {
            base::add_log_secret(secret);
        }
        auto number = enterprise->number;
        out.emplace(std::move(number), std::move(enterprise));
    }
}

std::optional<int> minutes_in(const pg::Row& row, const char* column) {
    return row.optional_integer(column).transform([](auto value) { return static_cast<int>(value); }
    );
}

Subscriber subscriber_of(const pg::Row& row) {
    Subscriber subscriber;
    subscriber.chat_id = row.integer("tg_id");
    subscriber.language = row.text("language");
    subscriber.thread_id = row.optional_integer("thread_id");
    subscriber.is_admin = row.boolean("is_admin");
    subscriber.wants.missed_only = row.boolean("missed_only");
    subscriber.wants.internal = row.boolean("internal");
    subscriber.wants.extensions = base::split(row.text("extensions"), ',');
    subscriber.wants.lines = base::split(row.text("lines"), ',');
    subscriber.wants.quiet_from = minutes_in(row, "quiet_from");
    subscriber.wants.quiet_to = minutes_in(row, "quiet_to");
    return subscriber;
}

void read_subscribers(const pg::Rows& rows, Loaded& out) {
    for (const auto& row : rows) {
        if (const auto found = out.find(row.text("enterprise_number")); found != out.end()) {
            found->second->subscribers.push_back(subscriber_of(row));
        }
    }
}

void read_managers(const pg::Rows& rows, Loaded& out) {
    for (const auto& row : rows) {
        if (const auto found = out.find(row.text("enterprise_number")); found != out.end()) {
            Manager manager{
                std::string(row.text("full_name")), std::string(row.text("short_name"))
            };
            found->second->managers.emplace(row.text("extension"), std::move(manager));
        }
    }
}

void read_lines(const pg::Rows& rows, Loaded& out) {
    for (const auto& row : rows) {
        if (const auto found = out.find(row.text("enterprise_number")); found != out.end()) {
            Line line{
                std::string(row.text("name")),
                std::string(row.text("operator")),
                std::string(row.text("number"))
            };
            found->second->lines.emplace(row.text("line_id"), std::move(line));
        }
    }
}

using RulesByEnterprise = std::map<std::string, std::vector<numbers::Rule>, std::less<>>;

RulesByEnterprise read_number_rules(const pg::Rows& rows) {
    RulesByEnterprise out;
    for (const auto& row : rows) {
        numbers::Rule rule;
        rule.id = row.integer("id");
        rule.line = row.text("line");
        rule.priority = static_cast<int>(row.integer("priority"));
        rule.pattern = row.text("pattern");
        rule.replacement = row.text("replacement");
        out[std::string(row.text("enterprise_number"))].push_back(std::move(rule));
    }
    return out;
}

/// After lines and rules were read. What cannot be used is told once, when it has changed.
void give_plans(numbers::Plans& plans, RulesByEnterprise rules, Loaded& out) {
    static const base::Logger logger("tenants");
    for (auto& [number, enterprise] : out) {
        numbers::PlanSettings settings;
        settings.region = enterprise->region;
        for (const auto& [id, line] : enterprise->lines) {
            settings.lines.push_back(id);
        }
        if (const auto found = rules.find(number); found != rules.end()) {
            settings.rules = std::move(found->second);
        }
        auto made = plans.make(std::move(settings));
        enterprise->numbers = std::move(made.plan);
        for (const auto& problem : made.problems) {
            logger.warning("numbers of {}: {}", number, problem);
        }
    }
}

}  // namespace

struct Directory::State {
    State(asio::any_io_executor executor_in, pg::Pool& pool_in)
        : executor(std::move(executor_in)),
          pool(pool_in),
          wake(executor),
          refreshed(executor),
          tasks(executor, "tenants") {}

    asio::awaitable<void> refresh_loop();
    asio::awaitable<bool> refresh();
    /// Empty number: all.
    asio::awaitable<base::Result<Loaded>> load(std::optional<std::string> number);
    asio::awaitable<base::Result<std::string>> number_of(std::string any, net::Deadline deadline);
    void publish_all(Loaded loaded);
    void publish_one(const std::string& number, Loaded loaded);
    void index(const Pointer& enterprise);
    void forget(const std::string& number);
    void tell(const std::string& number) const;

    asio::any_io_executor executor;
    pg::Pool& pool;
    numbers::Plans plans;
    base::Logger logger{"tenants"};
    net::Event wake;
    net::Event refreshed;  ///< `served` has grown.
    net::TaskGroup tasks;
    std::map<std::string, Pointer, std::less<>> numbers;
    std::map<std::string, Pointer, std::less<>> tokens;
    std::map<std::string, Pointer, std::less<>> names;
    std::map<std::string, Pointer, std::less<>> hooks;
    std::map<std::string, net::Deadline> absent;
    std::set<std::string> dirty;
    std::uint64_t asked = 0;   ///< Calls of reload() so far.
    std::uint64_t served = 0;  ///< How many of them have what they asked for.
    bool all_dirty = true;
    bool loaded = false;
    bool stopping = false;
    std::vector<std::function<void(const std::string&)>> callbacks;
};

Directory::Directory(asio::any_io_executor executor, pg::Pool& pool, pg::Listener& listener)
    : state_(std::make_unique<State>(std::move(executor), pool)) {
    auto* state = state_.get();
    listener.on("enterprises_changed", [state](const std::string& number) {
        if (number.empty()) {
            state->all_dirty = true;
        } else {
            state->dirty.insert(number);
        }
        state->wake.notify();
    });
    listener.on_gap([state] {
        state->all_dirty = true;
        state->wake.notify();
    });
}

Directory::~Directory() = default;

void Directory::start() { state_->tasks.spawn("refresh", state_->refresh_loop()); }

asio::awaitable<void> Directory::stop() {
    state_->stopping = true;
    state_->tasks.cancel();
    co_await state_->tasks.join();
}

bool Directory::is_loaded() const { return state_->loaded; }
std::size_t Directory::size() const { return state_->numbers.size(); }

void Directory::on_change(std::function<void(const std::string&)> callback) {
    state_->callbacks.push_back(std::move(callback));
}

std::vector<Directory::Pointer> Directory::all() const {
    std::vector<Pointer> out;
    out.reserve(state_->numbers.size());
    for (const auto& [number, enterprise] : state_->numbers) {
        out.push_back(enterprise);
    }
    return out;
}

Directory::Pointer Directory::by_token(std::string_view token) const {
    const auto found = state_->tokens.find(token);
    return found == state_->tokens.end() ? nullptr : found->second;
}

Directory::Pointer Directory::by_hook_key(std::string_view key) const {
    const auto found = state_->hooks.find(key);
    return found == state_->hooks.end() ? nullptr : found->second;
}

Directory::Pointer Directory::by_number(std::string_view number) const {
    const auto found = state_->numbers.find(number);
    return found == state_->numbers.end() ? nullptr : found->second;
}

Directory::Pointer Directory::find(std::string_view any) const {
    if (auto found = by_number(any)) {
        return found;
    }
    if (auto found = by_token(any)) {
        return found;
    }
    const auto found = state_->names.find(any);
    return found == state_->names.end() ? nullptr : found->second;
}

asio::awaitable<Directory::Pointer> Directory::find_or_load(
    std::string any, net::Deadline deadline
) {
    auto known = find(any);
    if (known || any.empty()) {
        co_return known;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto remembered = state_->absent.find(any);
    if ((remembered != state_->absent.end() && remembered->second > now) ||
        net::time_left(deadline) <= net::Duration(0)) {
        co_return nullptr;
    }
    const auto number = co_await state_->number_of(any, deadline);
    if (number) {
        auto one = co_await state_->load(*number);
        if (one) {
            state_->publish_one(*number, std::move(*one));
        }
        co_return find(any);
    }
    if (number.error().code == base::Errc::not_found) {
        if (state_->absent.size() >= max_absent) {
            state_->absent.clear();
        }
        state_->absent[any] = now + absent_memory;
    }
    co_return nullptr;
}

// By the one loop that reads, so that nothing older is published over what is read here.
asio::awaitable<bool> Directory::reload(std::string number, net::Deadline deadline) {
    const auto ticket = ++state_->asked;
    if (number.empty()) {
        state_->all_dirty = true;
    } else {
        state_->dirty.insert(std::move(number));
    }
    state_->wake.notify();
    while (state_->served < ticket) {
        const bool told = co_await state_->refreshed.wait_until(deadline);
        if (!told) {
            break;
        }
    }
    co_return state_->served >= ticket;
}

asio::awaitable<base::Result<std::string>> Directory::State::number_of(
    std::string any, net::Deadline deadline
) {
    pg::Params params;
    params << any;
    const auto rows = co_await pool.execute(
        "SELECT number FROM enterprises WHERE number = $1 OR name2 = $1 OR name = $1 "
        "ORDER BY number = $1 DESC, name2 = $1 DESC LIMIT 1",
        std::move(params),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->size() == 0) {
        co_return base::fail(base::Errc::not_found, "no such enterprise");
    }
    co_return std::string((*rows)[0].text("number"));
}

asio::awaitable<void> Directory::State::refresh_loop() {
    auto next_full = net::deadline_in(full_reload_period);
    while (!stopping) {
        const bool done = co_await refresh();
        if (!done) {
            co_await wake.wait_until(net::deadline_in(retry_pause));
            continue;
        }
        const bool woken = co_await wake.wait_until(next_full);
        if (!woken) {
            all_dirty = true;
            next_full = net::deadline_in(full_reload_period);
        }
    }
}

/// False: the database did not answer; what was asked for stays marked.
asio::awaitable<bool> Directory::State::refresh() {
    const auto serves = asked;
    if (all_dirty) {
        all_dirty = false;
        dirty.clear();
        auto everything = co_await load(std::nullopt);
        if (!everything) {
            all_dirty = true;
            logger.debug("enterprises cannot be read: {}", base::describe(everything.error()));
            co_return false;
        }
        publish_all(std::move(*everything));
    }
    while (!dirty.empty()) {
        const auto number = *dirty.begin();
        dirty.erase(dirty.begin());
        auto one = co_await load(number);
        if (!one) {
            dirty.insert(number);
            co_return false;
        }
        publish_one(number, std::move(*one));
    }
    if (serves > served) {
        served = serves;
        refreshed.notify();
    }
    co_return true;
}

asio::awaitable<base::Result<Loaded>> Directory::State::load(std::optional<std::string> number) {
    auto session = co_await pool.acquire(net::deadline_in(std::chrono::seconds(5)));
    if (!session) {
        co_return std::unexpected(session.error());
    }
    std::vector<pg::Query> queries;
    for (const auto* sql :
         {enterprises_sql, subscribers_sql, managers_sql, lines_sql, number_rules_sql}) {
        pg::Params params;
        params << number;
        queries.push_back(pg::Query{sql, std::move(params)});
    }
    const auto results = co_await session->pipeline(std::move(queries));
    if (!results) {
        co_return std::unexpected(results.error());
    }
    Loaded out;
    read_enterprises((*results)[0], out);
    read_subscribers((*results)[1], out);
    read_managers((*results)[2], out);
    read_lines((*results)[3], out);
    give_plans(plans, read_number_rules((*results)[4]), out);
    co_return out;
}

void Directory::State::index(const Pointer& enterprise) {
    numbers[enterprise->number] = enterprise;
    if (!enterprise->token.empty()) {
        tokens[enterprise->token] = enterprise;
    }
    if (!enterprise->name.empty()) {
        names[enterprise->name] = enterprise;
    }
    if (!enterprise->hook_key.empty()) {
        hooks[enterprise->hook_key] = enterprise;
    }
}

void Directory::State::forget(const std::string& number) {
    const auto known = numbers.find(number);
    if (known == numbers.end()) {
        return;
    }
    const auto old = known->second;
    numbers.erase(known);
    for (auto* by : {&tokens, &names, &hooks}) {
        std::erase_if(*by, [&old](const auto& entry) { return entry.second == old; });
    }
}

void Directory::State::publish_all(Loaded everything) {
    numbers.clear();
    tokens.clear();
    names.clear();
    hooks.clear();
    absent.clear();
    for (const auto& [number, enterprise] : everything) {
        index(enterprise);
    }
    if (!loaded) {
        logger.info("{} enterprises read", numbers.size());
    }
    loaded = true;
    tell("");
}

void Directory::State::publish_one(const std::string& number, Loaded one) {
    forget(number);
    absent.clear();
    if (const auto found = one.find(number); found != one.end()) {
        index(found->second);
    }
    tell(number);
}

void Directory::State::tell(const std::string& number) const {
    for (const auto& callback : callbacks) {
        callback(number);
    }
}

}  // namespace trunkline::tenants
