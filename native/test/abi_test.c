/* abi_test.c -- the library and the header it is used with are of one number and one layout; where each
 * field lies is asserted while this is compiled. */
#include "abi_layout.h"
#include "test.h"

int main(void) {
  weir_config c;
  CHECK_EQ(weir_abi(), WEIR_ABI);
  weir_config_init(&c);
  CHECK_EQ(c.abi, WEIR_ABI);
  CHECK_EQ(c.size, sizeof c);
  CHECK_EQ(sizeof(weir_record) % 64, 0); /* rings of them stay aligned */
  return test_end("abi");
}
