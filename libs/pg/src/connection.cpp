#include "connection.hpp"

#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "net/resolve.hpp"
#include "pg/pool.hpp"
#include "result_error.hpp"

namespace trunkline::pg {
namespace {

std::string field_of(const PGresult* result, int field) {
    const char* text = PQresultErrorField(result, field);
    return text == nullptr ? std::string() : std::string(text);
}

// The server's own farewell, in contrast to an error that libpq made up because the connection
// broke.
bool is_farewell(const PGresult* result) {
    const auto severity = field_of(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC";
}

bool ends_connection(const PGresult* result) {
    return is_farewell(result) || field_of(result, PG_DIAG_SQLSTATE).empty();
}

PipelineReader::Heard heard_in(const PGresult* result) {
    using Heard = PipelineReader::Heard;
    if (result == nullptr) {
        return Heard::end;
    }
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
            return Heard::result;
        case PGRES_PIPELINE_SYNC:
            return Heard::sync;
        case PGRES_PIPELINE_ABORTED:
            return Heard::skipped;
        case PGRES_FATAL_ERROR:
            return ends_connection(result) ? Heard::fatal : Heard::error;
        default:
            return Heard::foreign;
    }
}

// The plan's endpoints with every name replaced by its addresses. One host that does not resolve
// spoils nothing if another does; `reasons` keeps what went wrong.
asio::awaitable<std::vector<Endpoint>> resolve_all(
    const ConnectPlan& plan, net::Deadline deadline, std::string& reasons
) {
    std::vector<Endpoint> resolved;
    for (const auto& endpoint : plan.endpoints) {
        if (!needs_resolving(endpoint)) {
            resolved.push_back(endpoint);
            continue;
        }
        const auto addresses = co_await net::resolve(endpoint.host, deadline);
        if (!addresses) {
            reasons += (reasons.empty() ? "" : "; ") + addresses.error().detail;
            continue;
        }
        for (const auto& address : *addresses) {
            resolved.push_back(
                {.host = endpoint.host, .address = address.to_string(), .port = endpoint.port}
            );
        }
    }
    co_return resolved;
}

// Keywords and values as libpq wants them. Borrows from plan and endpoint.
struct Keywords {
    std::vector<const char*> names;
    std::vector<const char*> values;

    Keywords(const ConnectPlan& plan, const Endpoint& endpoint) {
        for (const auto& [name, value] : plan.options) {
            add(name.c_str(), value);
        }
        add("host", endpoint.host);
        add("hostaddr", endpoint.address);
        add("port", endpoint.port);
        names.push_back(nullptr);
        values.push_back(nullptr);
    }
    void add(const char* name, const std::string& value) {
        if (!value.empty()) {
            names.push_back(name);
            values.push_back(value.c_str());
        }
    }
};

base::Error unanswered(base::Error error, bool commits) {
    error.native = commits ? commit_unknown : "";
    return error;
}

base::Error timed_out() {
    return make_error(base::Errc::timeout, "PostgreSQL did not answer in time");
}

}  // namespace

// What one round trip consists of: each step's kind, what it is for, and what came back.
struct Connection::Sent {
    enum class Purpose { deallocate, prepare, query, sync };
    struct Step {
        Purpose purpose;
        std::size_t query = 0;  ///< For prepare and query: its position.
        std::string sql;        ///< For prepare.
        std::string name;       ///< For prepare.
        ResultPtr result;
        std::optional<base::Error> error;
    };
    std::vector<Step> steps;
    std::unordered_map<std::string_view, std::string> prepared_now;
    std::size_t queries = 0;
    /// The statements commit by themselves, so a lost answer leaves their outcome unknown.
    bool commits = false;

    Step& add(Purpose purpose) {
        steps.push_back(
            {.purpose = purpose, .query = 0, .sql = {}, .name = {}, .result = {}, .error = {}}
        );
        return steps.back();
    }
    std::vector<PipelineReader::Step> kinds() const {
        std::vector<PipelineReader::Step> kinds;
        kinds.reserve(steps.size());
        for (const auto& step : steps) {
            kinds.push_back(
                step.purpose == Purpose::sync ? PipelineReader::Step::sync
                                              : PipelineReader::Step::statement
            );
        }
        return kinds;
    }
};

// Closes the connection unless the operation was brought to its end, by whatever way it is left.
class Connection::Operation {
public:
    explicit Operation(Connection& connection) : connection_(connection) {
        if (connection_.busy_) {
            throw std::logic_error("two statements at once on one PostgreSQL connection");
        }
        connection_.busy_ = true;
    }
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation() {
        connection_.busy_ = false;
        if (!complete_) {
            connection_.close();
        }
    }
    void complete() { complete_ = true; }

private:
    Connection& connection_;
    bool complete_ = false;
};

Connection::Connection(asio::any_io_executor executor, const ConnectPlan& plan)
    : executor_(executor), waiter_(std::move(executor)), statements_(plan.statement_cache) {}

Connection::~Connection() { close(); }

void Connection::close() {
    // The duplicate keeps the socket open for the server as long as it lives, so it goes as well.
    waiter_.close();
    handle_.reset();
}

asio::awaitable<base::Result<std::unique_ptr<Connection>>> Connection::open(
    asio::any_io_executor executor, const ConnectPlan& plan, net::Deadline deadline
) {
    std::string reasons;
    const auto endpoints = co_await resolve_all(plan, deadline, reasons);
    for (std::size_t index = 0; index < endpoints.size(); ++index) {
        const auto share = net::time_left(deadline) / static_cast<int>(endpoints.size() - index);
        std::unique_ptr<Connection> connection(new Connection(executor, plan));
        const auto connected =
            co_await connection->connect(plan, endpoints[index], net::deadline_in(share));
        if (connected) {
            co_return std::move(connection);
        }
        reasons += (reasons.empty() ? "" : "; ") + connected.error().detail;
    }
    co_return std::unexpected(make_error(base::Errc::unavailable, std::move(reasons)));
}

asio::awaitable<base::Result<>> Connection::connect(
    const ConnectPlan& plan, const Endpoint& endpoint, net::Deadline deadline
) {
    const Keywords keywords(plan, endpoint);
    handle_.reset(PQconnectStartParams(keywords.names.data(), keywords.values.data(), 0));
    if (!handle_) {
        throw std::bad_alloc();
    }
    PQsetNoticeReceiver(handle_.get(), [](void*, const PGresult*) {}, nullptr);
    Operation operation(*this);
    const auto connected = co_await handshake(deadline);
    if (!connected) {
        co_return connected;
    }
    auto ready = prepare_for_use();
    if (ready) {
        operation.complete();
    }
    co_return ready;
}

asio::awaitable<base::Result<>> Connection::handshake(net::Deadline deadline) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
        co_return std::unexpected(lost());
    }
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        // libpq may have replaced its socket under the same number.
        const auto watched = watch_socket();
        if (!watched) {
            co_return watched;
        }
        const auto ready = co_await waiter_.wait(wanted == PGRES_POLLING_WRITING, deadline);
        if (ready == net::FdWaiter::Ready::timeout) {
            co_return std::unexpected(
                make_error(base::Errc::timeout, "PostgreSQL did not accept the connection in time")
            );
        }
        wanted = PQconnectPoll(handle_.get());
        if (wanted == PGRES_POLLING_FAILED) {
            co_return std::unexpected(lost());
        }
    }
    co_return watch_socket();
}

base::Result<> Connection::watch_socket() {
    try {
        waiter_.assign(PQsocket(handle_.get()));
        return {};
    } catch (const std::system_error& error) {
        return base::fail(
            base::Errc::unavailable, std::string("cannot watch the socket: ") + error.what()
        );
    }
}

base::Result<> Connection::prepare_for_use() {
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) == 0) {
        return std::unexpected(lost());
    }
    return {};
}

asio::awaitable<base::Result<std::vector<Rows>>> Connection::run(
    const std::vector<Query>& queries, net::Deadline deadline
) {
    const bool in_transaction_before = in_transaction();
    auto outcome = co_await run_once(queries, deadline);
    if (outcome || is_closed() || !is_outdated_plan(outcome.error().native)) {
        co_return outcome;
    }
    // A schema change made a prepared plan void. Nothing was done; inside a transaction only its
    // owner may repeat.
    statements_.clear();
    if (!in_transaction_before) {
        outcome = co_await run_once(queries, deadline);
    }
    co_return outcome;
}

asio::awaitable<base::Result<std::vector<Rows>>> Connection::run_once(
    const std::vector<Query>& queries, net::Deadline deadline
) {
    if (is_closed()) {
        co_return base::fail(base::Errc::unavailable, "the PostgreSQL connection is closed");
    }
    for (const auto& query : queries) {
        auto valid = query.params.check();
        if (valid && query.sql.contains('\0')) {
            valid = base::fail(base::Errc::internal, "a statement holds a NUL octet");
        }
        if (!valid) {
            co_return std::unexpected(valid.error());
        }
    }
    Operation operation(*this);
    Sent sent;
    sent.queries = queries.size();
    sent.commits = transaction_status() == PQTRANS_IDLE;
    if (!send(queries, sent)) {
        co_return std::unexpected(lost());
    }
    const auto received = co_await receive(sent, deadline);
    if (!received) {
        co_return std::unexpected(received.error());
    }
    operation.complete();
    co_return collect(sent);
}

bool Connection::send(const std::vector<Query>& queries, Sent& sent) {
    if (sent.commits && !send_deallocations(sent)) {
        return false;
    }
    for (std::size_t index = 0; index < queries.size(); ++index) {
        if (!send_query(queries[index], index, sent)) {
            return false;
        }
    }
    sent.add(Sent::Purpose::sync);
    return PQpipelineSync(handle_.get()) == 1;
}

// In a segment of their own: should one fail, the statements do not care. Never inside a
// transaction, which they could abort.
bool Connection::send_deallocations(Sent& sent) {
    const auto names = statements_.take_evicted();
    for (const auto& name : names) {
        sent.add(Sent::Purpose::deallocate);
        const auto sql = "DEALLOCATE " + name;
        if (PQsendQueryParams(
                handle_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0
            ) == 0) {
            return false;
        }
        sent.add(Sent::Purpose::sync);
        if (PQpipelineSync(handle_.get()) == 0) {
            return false;
        }
    }
    return true;
}

bool Connection::send_query(const Query& query, std::size_t index, Sent& sent) {
    auto name = statements_.find(query.sql);
    if (const auto now = sent.prepared_now.find(query.sql);
        !name && now != sent.prepared_now.end()) {
        name = now->second;
    }
    if (!name) {
        name = statements_.new_name();
        auto& step = sent.add(Sent::Purpose::prepare);
        step.query = index;
        step.sql = query.sql;
        step.name = *name;
        sent.prepared_now.emplace(query.sql, *name);
        if (PQsendPrepare(handle_.get(), name->c_str(), query.sql.c_str(), 0, nullptr) == 0) {
            return false;
        }
    }
    sent.add(Sent::Purpose::query).query = index;
    std::vector<const char*> values;
    std::vector<int> lengths;
    values.reserve(query.params.size());
    lengths.reserve(query.params.size());
    for (const auto& value : query.params.values()) {
        values.push_back(value ? value->c_str() : nullptr);
        lengths.push_back(value ? static_cast<int>(value->size()) : 0);
    }
    const auto count = static_cast<int>(values.size());
    return PQsendQueryPrepared(
               handle_.get(),
               name->c_str(),
               count,
               values.data(),
               lengths.data(),
               query.params.formats().data(),
               0
           ) == 1;
}

asio::awaitable<base::Result<>> Connection::receive(Sent& sent, net::Deadline deadline) {
    using Verdict = PipelineReader::Verdict;
    PipelineReader reader(sent.kinds());
    for (;;) {
        const auto waited = co_await wait_for_result(deadline);
        if (!waited) {
            co_return std::unexpected(unanswered(waited.error(), sent.commits));
        }
        ResultPtr result(PQgetResult(handle_.get()));
        auto& step = sent.steps[reader.step()];
        switch (reader.hear(heard_in(result.get()))) {
            case Verdict::keep_result:
                step.result = std::move(result);
                break;
            case Verdict::keep_error:
                step.error = take_error(result.get());
                break;
            case Verdict::done:
                co_return base::Result<>();
            case Verdict::broken:
                co_return std::unexpected(goodbye(result.get(), sent.commits));
            case Verdict::go_on:
                break;
        }
    }
}

base::Result<std::vector<Rows>> Connection::collect(Sent& sent) {
    std::vector<Rows> rows(sent.queries);
    std::optional<base::Error> first;
    for (auto& step : sent.steps) {
        if (step.purpose == Sent::Purpose::deallocate) {
            continue;
        }
        if (step.error && !first) {
            first = std::move(step.error);
            if (sent.queries > 1 && step.purpose != Sent::Purpose::sync) {
                first->detail = "query " + std::to_string(step.query + 1) + " of " +
                                std::to_string(sent.queries) + ": " + first->detail;
            }
        }
        if (step.result && step.purpose == Sent::Purpose::prepare) {
            statements_.prepared(std::move(step.sql), std::move(step.name));
        } else if (step.result) {
            rows[step.query] = Rows(std::make_shared<const ResultHandle>(std::move(step.result)));
        }
    }
    if (first) {
        return std::unexpected(std::move(*first));
    }
    return rows;
}

asio::awaitable<base::Result<>> Connection::wait_for_result(net::Deadline deadline) {
    for (;;) {
        const int unsent = PQflush(handle_.get());
        const bool is_busy = PQisBusy(handle_.get()) != 0;
        // A failed write alone does not end it: the server's last words may still be there to be
        // read.
        if (PQstatus(handle_.get()) == CONNECTION_BAD) {
            co_return std::unexpected(lost());
        }
        if (!is_busy) {
            co_return base::Result<>();
        }
        const auto ready = co_await waiter_.wait(unsent > 0, deadline);
        if (ready == net::FdWaiter::Ready::timeout) {
            co_return std::unexpected(timed_out());
        }
        if (ready == net::FdWaiter::Ready::closed) {
            co_return base::fail(base::Errc::unavailable, "the PostgreSQL connection was closed");
        }
        if (ready == net::FdWaiter::Ready::read && PQconsumeInput(handle_.get()) == 0) {
            co_return std::unexpected(lost());
        }
    }
}

asio::awaitable<base::Result<Rows>> Connection::script(std::string sql, net::Deadline deadline) {
    if (is_closed()) {
        co_return base::fail(base::Errc::unavailable, "the PostgreSQL connection is closed");
    }
    if (sql.contains('\0')) {
        co_return base::fail(base::Errc::internal, "a script holds a NUL octet");
    }
    Operation operation(*this);
    // Simple queries are refused in pipeline mode.
    if (PQexitPipelineMode(handle_.get()) == 0 || PQsendQuery(handle_.get(), sql.c_str()) == 0) {
        co_return std::unexpected(lost());
    }
    Rows last;
    std::optional<base::Error> error;
    const auto received = co_await receive_script(last, error, deadline);
    if (!received) {
        co_return std::unexpected(received.error());
    }
    if (PQenterPipelineMode(handle_.get()) == 0) {
        co_return std::unexpected(lost());
    }
    operation.complete();
    if (error) {
        co_return std::unexpected(std::move(*error));
    }
    co_return last;
}

asio::awaitable<base::Result<>> Connection::receive_script(
    Rows& last, std::optional<base::Error>& error, net::Deadline deadline
) {
    for (;;) {
        const auto waited = co_await wait_for_result(deadline);
        if (!waited) {
            co_return std::unexpected(unanswered(waited.error(), true));
        }
        ResultPtr result(PQgetResult(handle_.get()));
        switch (heard_in(result.get())) {
            case PipelineReader::Heard::end:
                co_return base::Result<>();
            case PipelineReader::Heard::result:
                last = Rows(std::make_shared<const ResultHandle>(std::move(result)));
                break;
            case PipelineReader::Heard::error:
                if (!error) {
                    error = take_error(result.get());
                }
                break;
            case PipelineReader::Heard::fatal:
                co_return std::unexpected(goodbye(result.get(), true));
            default:
                co_return base::fail(base::Errc::internal, "COPY is not supported in scripts");
        }
    }
}

asio::awaitable<base::Result<>> Connection::commit(net::Deadline deadline) {
    if (is_closed()) {
        co_return base::fail(
            base::Errc::unavailable, "the PostgreSQL connection is closed, the transaction undone"
        );
    }
    const std::vector<Query> queries{Query{.sql = "COMMIT", .params = {}}};
    const auto outcome = co_await run(queries, deadline);
    if (!outcome) {
        auto error = outcome.error();
        if (is_closed() && error.native.empty()) {
            error.native = commit_unknown;
        }
        co_return std::unexpected(std::move(error));
    }
    if (outcome->front().tag() != "COMMIT") {
        co_return base::fail(
            base::Errc::internal,
            "the transaction was rolled back, because a statement in it had failed"
        );
    }
    co_return base::Result<>();
}

asio::awaitable<base::Result<bool>> Connection::wait_for_input(net::Deadline deadline) {
    if (is_closed()) {
        co_return base::fail(base::Errc::unavailable, "the PostgreSQL connection is closed");
    }
    Operation operation(*this);
    const auto ready = co_await waiter_.wait(false, deadline);
    if (ready == net::FdWaiter::Ready::timeout) {
        operation.complete();
        co_return false;
    }
    if (ready == net::FdWaiter::Ready::closed || PQconsumeInput(handle_.get()) == 0) {
        co_return std::unexpected(lost());
    }
    operation.complete();
    co_return true;
}

std::optional<Connection::Notification> Connection::take_notification() {
    if (!handle_) {
        return std::nullopt;
    }
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notify(
        PQnotifies(handle_.get()), &PQfreemem
    );
    if (!notify) {
        return std::nullopt;
    }
    return Notification{.channel = notify->relname, .payload = notify->extra};
}

bool Connection::is_alive() {
    // What an idle server says is a parameter's new value, a notice or its farewell; the end of the
    // stream may come behind.
    for (int reads = 0; handle_ && reads < 16; ++reads) {
        pollfd descriptor{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
        if (poll(&descriptor, 1, 0) <= 0) {
            return PQstatus(handle_.get()) == CONNECTION_OK;
        }
        if (PQconsumeInput(handle_.get()) == 0) {
            close();
            return false;
        }
        while (take_notification()) {
        }
    }
    return handle_ != nullptr;
}

bool Connection::is_reusable() const {
    return !busy_ && !spoiled_ && handle_ && PQstatus(handle_.get()) == CONNECTION_OK &&
           transaction_status() == PQTRANS_IDLE;
}

bool Connection::in_transaction() const {
    const auto status = transaction_status();
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

PGTransactionStatusType Connection::transaction_status() const {
    return handle_ ? PQtransactionStatus(handle_.get()) : PQTRANS_UNKNOWN;
}

base::Error Connection::lost() const {
    const auto message = one_line(PQerrorMessage(handle_.get()));
    return make_error(
        base::Errc::unavailable, message.empty() ? "the PostgreSQL connection was lost" : message
    );
}

// The server says FATAL before its work could commit; when it just vanished, nobody knows.
base::Error Connection::goodbye(const PGresult* result, bool commits) {
    if (result == nullptr || !is_farewell(result)) {
        return unanswered(lost(), commits);
    }
    auto error = take_error(result);
    error.code = base::Errc::unavailable;
    return error;
}

// DETAIL is left out, since it quotes the row, which may hold secrets.
base::Error Connection::take_error(const PGresult* result) {
    const auto sqlstate = field_of(result, PG_DIAG_SQLSTATE);
    auto message = field_of(result, PG_DIAG_MESSAGE_PRIMARY);
    if (message.empty()) {
        message = PQresultErrorMessage(result);
    }
    spoiled_ = spoiled_ || spoils_connection(sqlstate);
    return make_error(errc_of(sqlstate), one_line(message), sqlstate);
}

}  // namespace trunkline::pg
