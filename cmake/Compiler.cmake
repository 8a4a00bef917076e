# Compiler, warnings, sanitizers and link settings for all of our targets.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

# GCC 12 frees coroutine frames twice (PR 99576, 100611, 101367), so old GCC is refused outright.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines. Use clang 19: "
                        "cmake --preset release")
endif()

set(TRUNKLINE_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined or thread")
option(TRUNKLINE_PRECOMPILE "Precompile the headers that most files need: two thirds of the build time" ON)
option(TRUNKLINE_FUZZ "Build the libFuzzer targets only" OFF)

add_library(trunkline_options INTERFACE)
add_library(trunkline::options ALIAS trunkline_options)
target_compile_options(trunkline_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
    -fno-omit-frame-pointer)
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-fuse-ld=lld -Wl,--gc-sections)

if(TRUNKLINE_SANITIZE)
    add_compile_options(-fsanitize=${TRUNKLINE_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${TRUNKLINE_SANITIZE})
endif()
if(TRUNKLINE_FUZZ)
    # The libraries are instrumented for coverage; only the fuzz targets link libFuzzer's main.
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
