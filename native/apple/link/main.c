/* main.c -- the smallest program for iOS that has the engine in it: to see that the library links. */
#include "crypto.h"
#include "weir.h"

static _Alignas(64) uint8_t memory[4 << 20];

int main(void) {
  weir_crypto crypto;
  weir_config config;
  weir_engine *engine;
  weir_result result;
  const uint8_t byte = 0x45;
  const weir_packet packet = {.data = &byte, .len = 1, .now_us = 1};
  weir_crypto_portable(&crypto);
  if (weir_abi() != WEIR_ABI || !weir_config_preset(&config, sizeof config, WEIR_PRESET_TINY))
    return 1;
  config.crypto = &crypto;
  if (weir_engine_init(&engine, memory, sizeof memory, &config) != WEIR_OK) return 2;
  weir_inspect(engine, &packet, 1, &result);
  return !weir_finish(engine);
}
