import { type Codec, wholeNumber } from "../../state/address.ts";

/** A share, in the address as whole hundredths. */
export const hundredths: Codec<number> = {
  parse: (text) => {
    const whole = wholeNumber(0, 100).parse(text);
    return whole === undefined ? undefined : whole / 100;
  },
  print: (share) => String(Math.round(100 * share)),
};
