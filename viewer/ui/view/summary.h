// summary.h - the first screen: how much, where, whose fault, what next.
#ifndef RPSCOPE_UI_VIEW_SUMMARY_H
#define RPSCOPE_UI_VIEW_SUMMARY_H

#include "viewer/ui/view.h"

extern const struct view summary_view;

#endif
