/** The same parts as classes: those can have options, state and a config. */
import type { Sym } from "fovea";
import { Constraint } from "fovea/constraints";
import { Initializer } from "fovea/initializers";
import { Loss } from "fovea/losses";
import { Metric } from "fovea/metrics";
import { divide, maximum, onesLike, sum } from "fovea/ops";
import { Regularizer } from "fovea/regularizers";
import { LearningRateSchedule } from "fovea/schedules";
import { distances, falling, notNegative, penalty, squares, twentieths } from "./own-functions.ts";

export class Squares extends Loss {
  override call(yTrue: Sym, yPred: Sym) {
    return squares(yTrue, yPred);
  }
}
export class Distance extends Metric {
  readonly total = this.addState("total");
  readonly count = this.addState("count");
  override update(yTrue: Sym, yPred: Sym) {
    const values = distances(yTrue, yPred);
    this.total.assignAdd(sum(values));
    this.count.assignAdd(sum(onesLike(values)));
  }
  override result() {
    return divide(this.total, maximum(this.count, 1));
  }
}
export class Penalty extends Regularizer {
  override call(weight: Sym) {
    return penalty(weight);
  }
}
export class Twentieths extends Initializer {
  override initialize(shape: readonly number[]) {
    return twentieths(shape);
  }
}
export class NotNegative extends Constraint {
  override call(weight: Sym) {
    return notNegative(weight);
  }
}
export class Falling extends LearningRateSchedule {
  override call(step: Sym) {
    return falling(step);
  }
}
