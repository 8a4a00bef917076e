#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

#include "emulator_api.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "outcome_text.hpp"
#include "playback_commands.hpp"

namespace trunkline::trunkctl {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds settle_limit{40};
constexpr milliseconds between_looks{500};

/// Text where it is one, a number where it looks like one.
void write_number_or_text(json::Writer& writer, std::string_view name, const std::string& text) {
    if (text.empty()) {
        return;
    }
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const bool is_number = end == text.c_str() + text.size();
    if (is_number && number == std::floor(number)) {
        writer.member(name, static_cast<std::int64_t>(number));
    } else if (is_number) {
        writer.member(name, number);
    } else {
        writer.member(name, text);
    }
}

base::Result<std::string> order_json(const EmulateOptions& options) {
    json::Writer writer;
    writer.begin_object().member("pattern", options.pattern);
    if (!write_fields(writer, options.fields)) {
        return base::fail(base::Errc::invalid_input, "fields are given as name=value");
    }
    write_number_or_text(writer, "pace", options.pace);
    write_number_or_text(writer, "drop", options.drop);
    write_number_or_text(writer, "double", options.share_of_doubles);
    if (!options.target.empty()) {
        writer.member("target", options.target);
    }
    for (const auto& [name, number] :
         {std::pair{"repeat", options.repeat},
          std::pair{"parallel", options.parallel},
          std::pair{"seed", options.seed}}) {
        if (number) {
            writer.member(name, *number);
        }
    }
    return writer.member("shuffle", options.shuffle).member("wait", false).end_object().take();
}

std::string text_of(json::View parent, std::string_view name) {
    const auto value = parent.find(name);
    return std::string(value ? value->string().value_or("") : "");
}

/// Asks until `is_enough` says so, at most until the limit.
template <class IsEnough>
asio::awaitable<base::Result<json::Document>> ask_until(
    Context& context, std::string target, std::chrono::seconds limit, IsEnough is_enough
) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
        auto answer = co_await ask_emulator(context, "GET", target);
        if (!answer || is_enough(answer->root()) || std::chrono::steady_clock::now() >= deadline) {
            co_return answer;
        }
        co_await net::sleep_for(between_looks);
    }
}

bool is_over(json::View work) { return text_of(work, "status") != "running"; }

bool is_settled(json::View outcome) {
    const auto settled = outcome.find("settled");
    return settled && settled->boolean().value_or(false);
}

std::size_t differences_in(json::View outcome) {
    const auto differences = outcome.find("differences");
    return differences ? differences->size() : 0;
}

struct Found {
    std::string text;
    std::string json;
    std::size_t differences = 0;
    bool failed = false;
};

asio::awaitable<base::Result<Found>> outcome_of_run(Context& context, std::string run) {
    const auto ended =
        co_await ask_until(context, "/runs/" + run, std::chrono::minutes(5), [](json::View view) {
            return is_over(view);
        });
    if (!ended) {
        co_return std::unexpected(ended.error());
    }
    const auto outcome =
        co_await ask_until(context, "/runs/" + run + "/outcome", settle_limit, [](json::View view) {
            return is_settled(view);
        });
    if (!outcome) {
        co_return std::unexpected(outcome.error());
    }
    const auto root = outcome->root();
    Found found;
    found.text = outcome_text(root);
    if (const auto detail = text_of(ended->root(), "detail"); !detail.empty()) {
        found.text += "\n" + detail;
    }
    found.json = root.dump();
    found.differences = differences_in(root);
    found.failed = text_of(root, "status") != "done";
    co_return found;
}

asio::awaitable<base::Result<Found>> outcomes_of_batch(Context& context, std::string batch) {
    const auto ended = co_await ask_until(
        context,
        "/batches/" + batch,
        std::chrono::minutes(30),
        [](json::View view) { return is_over(view); }
    );
    if (!ended) {
        co_return std::unexpected(ended.error());
    }
    Found all;
    all.json = "[";
    const auto runs = ended->root().find("runs");
    std::size_t count = 0;
    std::size_t wrong = 0;
    for (const auto run : runs ? runs->elements() : ended->root().elements()) {
        const auto found = co_await outcome_of_run(context, text_of(run, "run"));
        if (!found) {
            co_return std::unexpected(found.error());
        }
        ++count;
        all.json += (count > 1 ? "," : "") + found->json;
        all.differences += found->differences;
        all.failed = all.failed || found->failed;
        if (found->failed || found->differences > 0) {
            ++wrong;
            all.text += found->text + "\n\n";
        }
    }
    all.json += "]";
    all.text += fmt::format("{} runs, {} of them not as expected", count, wrong);
    co_return all;
}

}  // namespace

asio::awaitable<base::Result<>> emulate(Context& context, EmulateOptions options) {
    const auto order = order_json(options);
    if (!order) {
        co_return std::unexpected(order.error());
    }
    const auto begun = co_await ask_emulator(context, "POST", "/emulate", *order);
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    const auto batch = begun->root().find("runs") ? text_of(begun->root(), "batch") : std::string();
    base::Result<Found> found;
    if (batch.empty()) {
        found = co_await outcome_of_run(context, text_of(begun->root(), "run"));
    } else {
        found = co_await outcomes_of_batch(context, batch);
    }
    if (!found) {
        co_return std::unexpected(found.error());
    }
    context.out.print(found->text, found->json);
    if (found->failed) {
        co_return base::fail(base::Errc::unavailable, "not all events were accepted");
    }
    if (found->differences > 0) {
        co_return base::fail(
            base::Errc::conflict, std::to_string(found->differences) + " differences"
        );
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
