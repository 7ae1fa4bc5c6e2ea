// Columns of numbers, in which batches are kept. Their memory is used again for the next batch, and grows.

/** A column with room for so many numbers, which begins with those of `column`. */
export function enlarged<T extends Int32Array | Float64Array>(column: T, room: number): T {
  const larger = new (column.constructor as new (length: number) => T)(room);
  larger.set(column);
  return larger;
}
