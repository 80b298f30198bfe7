#include "targets/stores/postgres/provision_sql.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "targets/stores/postgres/tables.h"

namespace hotlap::targets {
namespace {

TEST(PostgresProvisionSql, HasTheTupleStoresRows) {
  const auto sql = postgres_provision_sql();
  EXPECT_TRUE(
      sql.contains("COPY relational.stickers FROM stdin;\n"
                   "20000\t492\thttps://tlgrm.eu/_/stickers/btl/1.png\thttps://tlgrm.eu/stickers/nxtii0\t0\t0\n"));
  EXPECT_EQ(std::ranges::count(sql.substr(0, sql.find("\\.\n")), '\t'), 16'200 * 5);
  EXPECT_TRUE(sql.contains("COPY relational.server FROM stdin;\n1\t0\t0\t0\n\\.\n"));
}

TEST(PostgresProvisionSql, MakesEveryTableInEverySchema) {
  const auto sql = postgres_provision_sql();
  for (const auto& table : postgres::tables())
    for (const auto* schema : {"relational.", "jsonb.", "jsonb_unindexed."})
      EXPECT_TRUE(sql.contains("CREATE TABLE " + (schema + std::string(table.name)) + " (")) << schema << table.name;
}

TEST(PostgresProvisionSql, OnlyOneJsonbSchemaHasTheRatingIndex) {
  const auto sql = postgres_provision_sql();
  EXPECT_TRUE(sql.contains("CREATE INDEX ON jsonb.stickers (((data->>1)::int), (data->>0));\n"));
  EXPECT_FALSE(sql.contains("jsonb_unindexed.stickers (((data->>1)::int)"));
}

TEST(PostgresProvisionSql, TellsThatItIsReadyLast) {
  EXPECT_TRUE(postgres_provision_sql().ends_with("INSERT INTO public.hotlap_ready VALUES (true);\n"));
}

}  // namespace
}  // namespace hotlap::targets
