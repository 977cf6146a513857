/** The shapes of the interface under the names that the pages use. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Device = Schemas['Device'];
export type Gauge = Schemas['Gauge'];
export type Health = Schemas['Health'];
export type LiveReading = Schemas['LiveReading'];
export type Overview = Schemas['Overview'];
/** A point as lists know it. */
export type Point = Schemas['PointSummary'];
/** A point with what its page is laid out by: gauges and quantities. */
export type PointDetail = Schemas['Point'];
export type Problem = Schemas['Problem'];
export type ProfileName = Schemas['ProfileName'];
export type Quantity = Schemas['Quantity'];
/** What a profile may do; routes and controls ask for one of these, never for a profile. */
export type Right = Schemas['RightName'];
export type ProblemCode = Schemas['ProblemCode'];
/** A serial port of the server and what its line has agreed on. */
export type SerialLine = Schemas['SerialLine'];
export type SessionInfo = Schemas['Session'];
export type SiteInfo = Schemas['Site'];
/** What a supply voltage may deviate, and by which standard. */
export type VoltageLimits = Schemas['VoltageLimits'];
/** A fault of wiring with the phases that it names. */
export type WiringFault = Schemas['WiringFault'];
/** What seems to be wrong with the wiring of a meter, with its evidence. */
export type WiringHint = Schemas['WiringHint'];
export type Welcome = Schemas['Welcome'];
