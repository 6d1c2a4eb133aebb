// Which step of the proposer a box comes from: asked for with the first card of an image, since few are looked at.
import { decodeOrigins } from "./answer.js";
import { read } from "./frame.js";
import { point } from "./pointer.js";
import { Store, withQuery } from "./store.js";

const ROOM = 2 ** 23; // bytes

const originTables = { read: read(decodeOrigins), weigh: ({ bytes }) => bytes };
const origins = new Store({ room: ROOM, lanes: 1, tell: point, ...originTables });

/** The words, or undefined while they are on their way and where there are none. */
export function originOf(v, rank) {
  const address = withQuery(v.data.address, { origins: 1 });
  origins.want(v, [address]);
  return origins.get(address)?.value?.words(rank);
}
