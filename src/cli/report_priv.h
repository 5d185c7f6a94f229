/* report_priv.h: the forms, for report.c's table. */
#ifndef CLI_REPORT_PRIV_H
#define CLI_REPORT_PRIV_H

#include "cli/report.h"

extern const struct report_format report_table;
extern const struct report_format report_json;
extern const struct report_format report_sarif;
extern const struct report_format report_html;
extern const struct report_format report_csv;

#endif
