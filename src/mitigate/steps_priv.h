/* steps_priv.h: the kinds of action that this program has; steps.c lists them. */
#ifndef MITIGATE_STEPS_PRIV_H
#define MITIGATE_STEPS_PRIV_H

#include "mitigate/step.h"

extern const struct step_kind step_certificate;
extern const struct step_kind step_ca_certificate;
extern const struct step_kind step_groups;
extern const struct step_kind step_policy;
extern const struct step_kind step_logging;
extern const struct step_kind step_publish;

#endif
