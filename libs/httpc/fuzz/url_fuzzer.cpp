#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "httpc/guard.hpp"
#include "httpc/url.hpp"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

}  // namespace

// What is accepted must be safe to put into a request line and must read back as itself, or the
// guard would judge another address than the one that is called.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using trunkline::httpc::Url;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto url = Url::parse(text);
    if (url) {
        require(url->port != 0 && !url->host.empty() && url->target.starts_with('/'));
        for (const char c : url->to_string()) {
            require(c > ' ' && c <= '~');
        }
        const auto again = Url::parse(url->to_string());
        require(again.has_value() && *again == *url);
        auto grown = *url;
        grown.segment(text).query(text, text);
        const auto grown_again = Url::parse(grown.to_string());
        require(!grown_again || *grown_again == grown);
    }
    const auto hosts = trunkline::httpc::parse_allowed_hosts({std::string(text)});
    static_cast<void>(hosts);
    return 0;
}
