export { BatchListPage } from './BatchListPage';
