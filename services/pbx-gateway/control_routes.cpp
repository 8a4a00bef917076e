#include "control_routes.hpp"

#include <utility>

#include "control/call_orders.hpp"
#include "control/control.hpp"
#include "control/looks.hpp"
#include "control/queue_orders.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"

namespace trunkline::pbx_gateway {
namespace {

namespace pc = pbx_control;

/// One exchange's connection, for as long as somebody uses it.
class Link : public pc::ExchangeLink {
public:
    explicit Link(Exchanges::Pointer exchange) : exchange_(std::move(exchange)) {}

    asio::awaitable<base::Result<ami::Reply>> send(
        ami::Action action, std::chrono::milliseconds limit
    ) override {
        return exchange_->send(std::move(action), limit);
    }
    ami::ClientStatus status() const override { return exchange_->status(); }

private:
    Exchanges::Pointer exchange_;
};

class Book : public pc::ExchangeBook {
public:
    explicit Book(const Exchanges& exchanges) : exchanges_(exchanges) {}

    std::optional<pc::Exchange> find(const std::string& id) const override {
        auto found = exchanges_.find(id);
        if (!found) {
            return std::nullopt;
        }
        const auto& row = found->row();
        pc::Exchange out{row.id, row.enterprise_number, row.name, row.kind, nullptr};
        out.link = std::make_shared<Link>(std::move(found));
        return out;
    }
    bool is_elsewhere(const std::string& id) const override { return exchanges_.is_elsewhere(id); }

private:
    const Exchanges& exchanges_;
};

constexpr std::chrono::hours audit_round{1};

}  // namespace

struct Control::State {
    State(
        app::Process& process,
        const app::CommonSettings& settings,
        Exchanges& exchanges,
        tenants::Directory& directory,
        pg::Pool& pool
    )
        : book(exchanges),
          store(pool),
          audit(pool),
          health(store, base::system_clock()),
          parts{
              book,
              directory,
              store,
              audit,
              health,
              process.metrics(),
              base::system_clock(),
              {settings.admin_token, settings.internal_token}
          },
          tasks(process.executor(), "pbx control") {}

    asio::awaitable<void> keep_audit() {
        for (;;) {
            const auto gone = co_await audit.forget_old();
            if (!gone || *gone == 0) {
                co_await net::sleep_for(audit_round);
            }
        }
    }

    Book book;
    pc::ControlStore store;
    pc::Audit audit;
    pc::Health health;
    pc::ControlParts parts;
    net::TaskGroup tasks;
};

Control::Control(
    app::Process& process,
    const app::CommonSettings& settings,
    Exchanges& exchanges,
    tenants::Directory& directory,
    pg::Pool& pool
)
    : state_(std::make_unique<State>(process, settings, exchanges, directory, pool)) {}

Control::~Control() = default;

void Control::start() { state_->tasks.spawn("audit", state_->keep_audit()); }

asio::awaitable<void> Control::stop() {
    state_->tasks.cancel();
    co_await state_->tasks.join();
}

void Control::add_routes(httpd::Router& router) {
    const auto& parts = state_->parts;
    using enum pc::Right;
    // Who may is decided inside: besides the suite's tokens there are keys of enterprises.
    const httpd::RouteOptions command{
        .body_limit = 16UL * 1024,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(15'000)
    };
    const httpd::RouteOptions question{
        .body_limit = 0,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(15'000)
    };
    const auto change = [&parts](pc::Right right, const char* action, pc::Prepare prepare) {
        return pc::change(parts, right, action, std::move(prepare));
    };
    router.add(
        "POST", "/pbx/{id}/calls", change(originate, "originate", pc::prepare_originate), command
    );
    router.add(
        "POST",
        "/pbx/{id}/calls/{channel}/hangup",
        change(call, "hangup", pc::prepare_hangup),
        command
    );
    router.add(
        "POST",
        "/pbx/{id}/calls/{channel}/transfer",
        change(call, "transfer", pc::prepare_transfer),
        command
    );
    router.add(
        "POST", "/pbx/{id}/calls/{channel}/park", change(call, "park", pc::prepare_park), command
    );
    router.add(
        "POST", "/pbx/{id}/calls/{channel}/spy", change(spy, "spy", pc::prepare_spy), command
    );
    router.add(
        "POST", "/pbx/{id}/calls/{channel}/dtmf", change(call, "dtmf", pc::prepare_dtmf), command
    );
    router.add(
        "POST", "/pbx/{id}/calls/{channel}/hold", change(call, "hold", pc::prepare_hold), command
    );
    router.add(
        "POST",
        "/pbx/{id}/calls/{channel}/record",
        change(record, "record", pc::prepare_record),
        command
    );
    router.add("POST", "/pbx/{id}/bridges", change(bridge, "bridge", pc::prepare_bridge), command);

    router.add("GET", "/pbx/{id}/channels", pc::list_channels(parts), question);
    router.add("GET", "/pbx/{id}/channels/{channel}", pc::get_channel(parts), question);
    router.add("GET", "/pbx/{id}/queues", pc::list_queues(parts), question);
    router.add("GET", "/pbx/{id}/queues/{q}", pc::get_queue(parts), question);
    router.add("GET", "/pbx/{id}/queues/{q}/summary", pc::get_queue_summary(parts), question);

    router.add(
        "POST",
        "/pbx/{id}/queues/{q}/members",
        change(manage_queues, "queue-add", pc::prepare_queue_add),
        command
    );
    router.add(
        "DELETE",
        "/pbx/{id}/queues/{q}/members",
        change(manage_queues, "queue-remove", pc::prepare_queue_remove),
        command
    );
    router.add(
        "POST",
        "/pbx/{id}/queues/{q}/members/{interface}/pause",
        change(pause, "queue-pause", pc::prepare_queue_pause),
        command
    );
    router.add(
        "POST",
        "/pbx/{id}/queues/{q}/members/{interface}/penalty",
        change(manage_queues, "queue-penalty", pc::prepare_queue_penalty),
        command
    );
    router.add(
        "POST",
        "/pbx/{id}/queues/reload",
        change(reload, "queue-reload", pc::prepare_queue_reload),
        command
    );

    router.add("GET", "/pbx/{id}/health", pc::get_health(parts, "report"), question);
    router.add("GET", "/pbx/{id}/health/{part}", pc::get_health(parts, ""), question);
    router.add("GET", "/pbx/{id}/audit", pc::list_audit(parts), question);
    router.add("GET", "/audit", pc::list_audit(parts), question);
}

}  // namespace trunkline::pbx_gateway
