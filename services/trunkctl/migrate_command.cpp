#include <fmt/format.h>

#include "commands.hpp"
#include "json/writer.hpp"
#include "schema/schema.hpp"

namespace trunkline::trunkctl {

asio::awaitable<base::Result<>> migrate(Context& context) {
    const auto applied = co_await pg::migrate(context.pool, schema::migrations());
    if (!applied) {
        co_return std::unexpected(applied.error());
    }
    json::Writer writer;
    writer.begin_object().member("applied", *applied).end_object();
    context.out.print(
        *applied == 0 ? "the schema is up to date" : fmt::format("{} migrations applied", *applied),
        writer.take()
    );
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
