export * from './figure';
export * from './number';
export * from './scale';
export * from './time';
